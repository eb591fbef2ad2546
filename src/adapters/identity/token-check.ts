import type { KeyObject } from "node:crypto"
import { calculateJwkThumbprint } from "jose/jwk/thumbprint"
import { jwtVerify, type JWTVerifyGetKey } from "jose/jwt/verify"
import type { Clock } from "../../ports/clock.ts"
import { findChainedKey } from "./certificate-chain.ts"
import { findClaims, type TokenClaims } from "./token-claims.ts"
import { findPublicKey, isRecord, type TrustedKeys } from "./trusted-keys.ts"

export interface VerifiedToken extends TokenClaims {
  /** When it counts for nothing any more, in milliseconds since 1970. */
  expiresAt: number
}

type Header = Parameters<JWTVerifyGetKey>[0]

interface CheckOptions {
  service: string
  issuer: string
  algorithms: readonly string[]
  clock: Clock
}

/** Throws, with the reason in the message, unless the token is right. */
export type TokenCheck = (token: string, keys: TrustedKeys) => Promise<VerifiedToken>

/** For clocks that do not agree, as distribution has it. */
const LEEWAY_SECONDS = 60
const LONGEST_KID = 100

export function createTokenCheck({ service, issuer, algorithms, clock }: CheckOptions): TokenCheck {
  return async (token, keys) => {
    const now = clock.now()
    let validUntil = Infinity
    const getKey = async (header: Header) => {
      const found = await findKey(header, keys, now)
      validUntil = found.validUntil
      return found.key
    }
    // It asks for the key only once `alg` is one of those configured, and takes none that is of another type.
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      issuer,
      audience: service,
      requiredClaims: ["exp"],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(now),
    })
    const claims = findClaims(payload)
    if (claims === undefined) throw new Error("sub or access is not what the token specification says")
    const endsAt = ((payload.exp ?? 0) + LEEWAY_SECONDS) * 1000
    return { ...claims, expiresAt: Math.min(endsAt, validUntil) }
  }
}

interface FoundKey {
  key: KeyObject
  /** When the certificate that vouches for it ends. */
  validUntil: number
}

/** The header is not to be believed yet: it chooses among keys that are trusted, and brings none of its own. */
async function findKey(header: Header, keys: TrustedKeys, now: number): Promise<FoundKey> {
  const { x5c, jwk, kid, alg } = header
  const chain: unknown = x5c ?? (isRecord(jwk) ? jwk["x5c"] : undefined)
  if (chain !== undefined) {
    const chained = findChainedKey(chain, { roots: keys.roots, now })
    if (chained === undefined) throw new Error("no certificate of x5c leads to one of the bundle")
    return chained
  }
  const name: unknown = jwk === undefined ? kid : await findThumbprint(jwk)
  const trusted = typeof name === "string" ? keys.named.get(name) : undefined
  if (trusted === undefined) throw new Error(`no key is known as ${String(name).slice(0, LONGEST_KID)}`)
  if (trusted.algorithm !== undefined && trusted.algorithm !== alg) throw new Error(`the key is not for ${alg}`)
  return { key: trusted.key, validUntil: Infinity }
}

async function findThumbprint(jwk: unknown): Promise<string | undefined> {
  const key = findPublicKey(jwk)
  return key && calculateJwkThumbprint(key.export({ format: "jwk" }))
}
