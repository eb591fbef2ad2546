import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto"
import { listKeyNames } from "./key-names.ts"

export interface TrustedKey {
  key: KeyObject
  /** The only algorithm that it is for; `undefined`: any that fits its type. */
  algorithm: string | undefined
}

/** What an issuer may sign with. */
export interface TrustedKeys {
  /** By every name that a token may call them by. */
  named: ReadonlyMap<string, TrustedKey>
  /** What chains of certificates must end at. */
  roots: readonly X509Certificate[]
  /** Keys of the files that cannot be used, with the reason. */
  leftOut: readonly string[]
}

// RFC 7518, section 3.3, asks for as much, and what verifies refuses less.
const RSA_BITS = 2048
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a bundle in PEM; whatever else stands in it is passed over. Throws on one that cannot be read. */
export function parseCertificates(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((text, index) => {
    try {
      return new X509Certificate(text)
    } catch (error) {
      throw new Error(`certificate ${index + 1} cannot be read`, { cause: error })
    }
  })
}

/** The keys of a JSON Web Key Set (RFC 7517, section 5). Throws when it is none. */
export function parseKeySet(text: string): Record<string, unknown>[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error("it is no JSON", { cause: error })
  }
  const keys = isRecord(value) ? value["keys"] : undefined
  if (!Array.isArray(keys) || !keys.every(isRecord)) throw new Error('it is no JSON Web Key Set: {"keys": […]}')
  return keys
}

export async function createTrustedKeys(
  roots: readonly X509Certificate[],
  keySet: readonly Record<string, unknown>[],
): Promise<TrustedKeys> {
  const named = new Map<string, TrustedKey>()
  const leftOut: string[] = []

  async function put(key: KeyObject, own: { kid?: unknown; alg?: unknown; title: string }): Promise<void> {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS
    if (bits < RSA_BITS) {
      leftOut.push(`${own.title}: an RSA key of ${bits} bits, fewer than ${RSA_BITS}`)
      return
    }
    const trusted = { key, algorithm: typeof own.alg === "string" ? own.alg : undefined }
    for (const name of await listKeyNames(key)) named.set(name, trusted)
    if (typeof own.kid === "string" && own.kid !== "") named.set(own.kid, trusted)
  }

  for (const root of roots) await put(root.publicKey, { title: root.subject })
  for (const [index, jwk] of keySet.entries()) {
    const { kid, alg, use } = jwk
    const title = typeof kid === "string" ? `kid ${kid}` : `key ${index + 1}`
    // RFC 7517, section 4.2: a key for encryption signs nothing.
    const key = use === "enc" ? undefined : findPublicKey(jwk)
    if (key === undefined) leftOut.push(`${title}: no public key to verify with`)
    else await put(key, { kid, alg, title })
  }
  return { named, roots, leftOut }
}

/** `undefined` for what is no key, or a secret one of symmetric algorithms. */
export function findPublicKey(jwk: unknown): KeyObject | undefined {
  if (!isRecord(jwk)) return undefined
  try {
    return createPublicKey({ key: jwk, format: "jwk" })
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
