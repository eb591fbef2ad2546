import { createHash } from "node:crypto"
import { digestOf, type Digest, type DigestAlgorithm } from "../../../domain/digest.ts"

/** Hashes bytes as they pass and tells the digest of what has passed so far, as often as asked. */
export interface Hasher {
  algorithm: DigestAlgorithm
  sizeBytes: number
  update(bytes: Uint8Array): void
  digest(): Digest
}

export function createHasher(algorithm: DigestAlgorithm): Hasher {
  const hash = createHash(algorithm)
  const hasher: Hasher = {
    algorithm,
    sizeBytes: 0,
    update: (bytes) => {
      hash.update(bytes)
      hasher.sizeBytes += bytes.length
    },
    // Finalising a copy leaves the running state open for the next request of the same upload.
    digest: () => digestOf(algorithm, hash.copy().digest("hex")),
  }
  return hasher
}
