import { RegistryError } from "./errors.ts"

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case. Made only by `parseDigest` and by hashing. */
export type Digest = string & { readonly __brand: "Digest" }

export type DigestAlgorithm = "sha256" | "sha512"

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 }

/** Throws DIGEST_INVALID for anything but a well-formed digest of a known algorithm (image-spec descriptor.md, "Digests"). */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new RegistryError("DIGEST_INVALID", "the digest is not sha256:<64 hex> or sha512:<128 hex>, lower case", {
    detail: { digest: text.slice(0, 200) },
  })
}

export function isDigest(text: string): text is Digest {
  const algorithm = text.slice(0, 6)
  if (algorithm !== "sha256" && algorithm !== "sha512") return false
  if (text.charCodeAt(6) !== 58 || text.length !== 7 + HEX_LENGTH[algorithm]) return false
  for (let i = 7; i < text.length; i++) if (!isLowerHex(text.charCodeAt(i))) return false
  return true
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return text === "sha256" || text === "sha512"
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256"
}

export function digestHex(digest: Digest): string {
  return digest.slice(7)
}

/** `hex` comes from a hash function: lower case and of the algorithm's length. */
export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest
}

function isLowerHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102)
}
