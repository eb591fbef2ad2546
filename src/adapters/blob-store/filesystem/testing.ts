import type { BodyWriter, WriterPool } from "./writer-pool.ts"
import type { UploadWriter } from "./upload-writer.ts"

/**
 * Writes uploads in the calling thread, one call for an upload after the other as a worker does, so that a test has all
 * file calls under its hand.
 */
export function createInlinePool(writer: UploadWriter): WriterPool {
  const tails = new Map<string, Promise<unknown>>()

  function inTurn<Result>(uploadId: string, call: () => Promise<Result>): Promise<Result> {
    const result = (tails.get(uploadId) ?? Promise.resolve()).then(call)
    const tail = result.catch(() => undefined).then(() => void (tails.get(uploadId) === tail && tails.delete(uploadId)))
    tails.set(uploadId, tail)
    return result
  }

  const openBody = (uploadId: string): BodyWriter => ({
    append: (piece) => inTurn(uploadId, () => writer.append(uploadId, piece)),
    shareBytes: () => 2 ** 20,
    close: () => undefined,
  })
  return {
    openBody,
    find: (uploadId, notedBytes) => inTurn(uploadId, () => writer.find(uploadId, notedBytes)),
    hash: (uploadId, algorithm) => inTurn(uploadId, () => writer.hash(uploadId, algorithm)),
    complete: (uploadId, key) => inTurn(uploadId, () => writer.complete(uploadId, key)),
    check: (checkId, key, maxBytes) => inTurn(checkId, () => writer.check(checkId, key, maxBytes)),
    endCheck: (checkId) => inTurn(checkId, () => writer.endCheck(checkId)),
    abort: (uploadId) => inTurn(uploadId, () => writer.abort(uploadId)),
    close: () => Promise.resolve(),
  }
}
