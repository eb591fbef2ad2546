import { generateKeyPairSync, sign, type KeyObject } from "node:crypto"
import { createCertificate, toPem } from "./certificate.ts"

export type Algorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA"

export interface TokenIssuer {
  algorithm: Algorithm
  privateKey: KeyObject
  publicKey: KeyObject
  /** What a registry is given to know the issuer by. */
  certificate: string
  /** The certificate as it stands in `x5c`. */
  x5c: string[]
  /** Signs a token, of `alice` for `registry.example` for five minutes where the claims do not say otherwise. */
  issue(claims?: Record<string, unknown>, header?: Record<string, unknown>): string
}

export const ISSUER = "auth.example"
export const SERVICE = "registry.example"

const KEYS: Record<Algorithm, () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ES384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
}

/** An authorization server's key, with a certificate. Tokens carry it in `x5c` where their header names no other. */
export function createTokenIssuer(algorithm: Algorithm = "ES256"): TokenIssuer {
  const { privateKey, publicKey } = KEYS[algorithm]()
  const authority = { subject: "token issuer", key: KEYS.ES256().privateKey }
  const der = createCertificate({ subject: "token issuer", key: publicKey, issuer: authority, authority: {} })
  const x5c = [der.toString("base64")]
  return {
    algorithm,
    privateKey,
    publicKey,
    certificate: toPem(der),
    x5c,
    issue: (claims = {}, header = { x5c }) => {
      const now = Math.floor(Date.now() / 1000)
      const usual = { iss: ISSUER, sub: "alice", aud: SERVICE, exp: now + 300, nbf: now - 10, iat: now, access: [] }
      return signToken({ typ: "JWT", alg: algorithm, ...header }, { ...usual, ...claims }, privateKey)
    },
  }
}

/** A JSON Web Token in its compact form (RFC 7515, section 7.1). */
export function signToken(header: { alg: Algorithm; [name: string]: unknown }, claims: object, key: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url")
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${signText(header.alg, Buffer.from(text), key).toString("base64url")}`
}

function signText(algorithm: Algorithm, text: Buffer, key: KeyObject): Buffer {
  if (algorithm === "EdDSA") return sign(null, text, key)
  const hash = `sha${algorithm.slice(2)}`
  // RFC 7518, section 3.4: both numbers one after the other, not DER. Section 3.5: a salt as long as the hash.
  if (algorithm.startsWith("ES")) return sign(hash, text, { key, dsaEncoding: "ieee-p1363" })
  if (algorithm.startsWith("PS"))
    return sign(hash, text, { key, padding: 6, saltLength: Number(algorithm.slice(2)) / 8 })
  return sign(hash, text, key)
}
