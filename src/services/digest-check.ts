import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf, type Digest } from "../domain/digest.ts"

export function isOfDigest(bytes: Uint8Array, digest: Digest): boolean {
  const algorithm = digestAlgorithm(digest)
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest("hex")) === digest
}
