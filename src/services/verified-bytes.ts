import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf, type Digest } from "../domain/digest.ts"
import { digestMismatch } from "../domain/errors.ts"

/** The bytes as they come; throws DIGEST_MISMATCH behind the last where they are not those of the digest. */
export async function* verified(digest: Digest, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const algorithm = digestAlgorithm(digest)
  const hash = createHash(algorithm)
  for await (const bytes of body) {
    hash.update(bytes)
    yield bytes
  }
  const computed = digestOf(algorithm, hash.digest("hex"))
  if (computed !== digest) throw digestMismatch(digest, computed)
}
