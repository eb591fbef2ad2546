import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf } from "../../domain/digest.ts"
import type { BlobKey, BlobStore, OpenedBlob } from "../../ports/blob-store.ts"

/**
 * A store whose whole blobs are hashed as they are read: the body of one that is damaged fails before its last piece, so
 * no reader takes it for complete. A part of a blob cannot be compared with anything, and is given as it is.
 */
export function verifyReads(store: BlobStore, onDamage: (key: BlobKey) => void): BlobStore {
  return {
    ...store,
    open: async (key, range) => {
      const opened = await store.open(key, range)
      if (opened === undefined || opened.kind === "redirect") return opened
      if (opened.range.start > 0 || opened.range.length < opened.totalBytes) return opened
      return { kind: "stream", range: opened.range, totalBytes: opened.totalBytes, body: hash(key, opened, onDamage) }
    },
  }
}

function hash(
  { digest, generation }: BlobKey,
  opened: Exclude<OpenedBlob, { kind: "redirect" }>,
  onDamage: (key: BlobKey) => void,
): ReadableStream<Uint8Array> {
  const source = opened.kind === "stream" ? opened.body : Bun.file(opened.path).stream()
  const reader = source.getReader()
  const algorithm = digestAlgorithm(digest)
  const hasher = createHash(algorithm)
  let held: Uint8Array | undefined

  async function readNext(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return undefined
      hasher.update(value)
      if (value.length > 0) return value
    }
  }

  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      held ??= await readNext()
      const next = await readNext()
      if (next !== undefined) {
        controller.enqueue(held)
        held = next
        return
      }
      if (digestOf(algorithm, hasher.digest("hex")) !== digest) {
        onDamage({ digest, generation })
        controller.error(new Error(`the stored blob ${digest} is damaged`))
        return
      }
      if (held !== undefined) controller.enqueue(held)
      controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
