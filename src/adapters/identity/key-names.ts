import { createHash, type KeyObject } from "node:crypto"
import { calculateJwkThumbprint } from "jose/jwk/thumbprint"

/** What issuers call a key in `kid` that has no name of its own: the thumbprint of RFC 7638, and libtrust's fingerprint. */
export async function listKeyNames(key: KeyObject): Promise<string[]> {
  return [await calculateJwkThumbprint(key.export({ format: "jwk" })), formatFingerprint(key)]
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const FINGERPRINT_BYTES = 30

/** `ABCD:EFGH:…`, twelve groups: the first 30 bytes of the SHA-256 of the key's DER, in base32 (RFC 4648). */
function formatFingerprint(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" })
  const bytes = createHash("sha256").update(der).digest().subarray(0, FINGERPRINT_BYTES)
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("")
  const groups = bits.match(/.{20}/g) ?? []
  const encode = (five: string) => ALPHABET.charAt(Number.parseInt(five, 2))
  return groups.map((group) => (group.match(/.{5}/g) ?? []).map(encode).join("")).join(":")
}
