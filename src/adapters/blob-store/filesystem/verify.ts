import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf, type Digest } from "../../../domain/digest.ts"
import type { Files } from "../../../ports/files.ts"

/** Hashed within two milliseconds where the processor has no instructions for it; others have their turn in between. */
const PIECE_BYTES = 512 * 1024

/** Whether the file's bytes have the digest; `undefined` when there is no such file. */
export async function verifyFile(files: Files, path: string, digest: Digest): Promise<boolean | undefined> {
  if ((await files.findSize(path)) === undefined) return undefined
  const algorithm = digestAlgorithm(digest)
  const hasher = createHash(algorithm)
  const piece = new Uint8Array(PIECE_BYTES)
  const file = await files.open(path, "read")
  try {
    for (let position = 0; ;) {
      const count = await file.read(piece, position)
      if (count === 0) return digestOf(algorithm, hasher.digest("hex")) === digest
      hasher.update(piece.subarray(0, count))
      position += count
    }
  } finally {
    await file.close()
  }
}
