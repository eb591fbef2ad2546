import { X509Certificate, type KeyObject } from "node:crypto"
import { readConstraints } from "./certificate-constraints.ts"

export interface ChainedKey {
  key: KeyObject
  /** When the first certificate of the chain ends, in milliseconds since 1970. */
  validUntil: number
}

interface Trust {
  roots: readonly X509Certificate[]
  /** Milliseconds since 1970. */
  now: number
}

const LONGEST = 10

/**
 * The key of the first certificate in an `x5c` (RFC 7515, section 4.1.6), when a chain leads from it to a root, each valid now
 * and issued by an authority. `undefined` when none does.
 */
export function findChainedKey(x5c: unknown, trust: Trust): ChainedKey | undefined {
  const [leaf, ...others] = parseChain(x5c)
  if (leaf === undefined) return undefined
  const validUntil = findValidity(leaf, others, trust)
  return validUntil === undefined ? undefined : { key: leaf.publicKey, validUntil }
}

function parseChain(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length > LONGEST) return []
  try {
    return x5c.map((der) => new X509Certificate(Buffer.from(String(der), "base64")))
  } catch {
    return []
  }
}

/** Follows issuers, whatever their order; each certificate is looked at once, so that no chain takes long. */
function findValidity(leaf: X509Certificate, others: X509Certificate[], { roots, now }: Trust): number | undefined {
  const open: Step[] = [{ certificate: leaf, validUntil: endOf(leaf), below: 0 }]
  const rest = new Set(others)
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { certificate, validUntil } = step
    if (!isValid(certificate, now)) continue
    if (roots.some((root) => root.fingerprint256 === certificate.fingerprint256)) return validUntil
    const root = roots.find((each) => isValid(each, now) && issued(each, step))
    if (root !== undefined) return Math.min(validUntil, endOf(root))
    for (const issuer of [...rest].filter((each) => issued(each, step))) {
      rest.delete(issuer)
      open.push({ certificate: issuer, validUntil: Math.min(validUntil, endOf(issuer)), below: step.below + 1 })
    }
  }
  return undefined
}

interface Step {
  certificate: X509Certificate
  validUntil: number
  /** Authorities of the chain up to here. */
  below: number
}

// `checkIssued` looks at names and at what the issuer's key may be used for, `verify` at the signature alone.
function issued(issuer: X509Certificate, { certificate, below }: Step): boolean {
  if (!issuer.ca || !certificate.checkIssued(issuer) || below > readConstraints(issuer.raw).pathLength) return false
  return certificate.verify(issuer.publicKey)
}

function isValid(certificate: X509Certificate, now: number): boolean {
  const isInTime = Date.parse(certificate.validFrom) <= now && now <= endOf(certificate)
  return isInTime && !readConstraints(certificate.raw).hasUnknownDemands
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo)
}
