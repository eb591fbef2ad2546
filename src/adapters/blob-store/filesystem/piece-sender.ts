import type { DigestAlgorithm } from "../../../domain/digest.ts"
import type { UploadState } from "../../../ports/blob-store.ts"
import { PIECE_BYTES, type WriterPool } from "./writer-pool.ts"

/** Pieces of one upload that may be on their way to disk at once: enough to keep its thread busy, and no more memory than that. */
const MAX_IN_FLIGHT = 6

/** Cuts a body into pieces of equal size and hands them to the upload's thread. */
export interface PieceSender {
  /** Waits while too many pieces are on their way. Throws when an earlier piece could not be written. */
  push(chunk: Uint8Array): Promise<void>
  /** Sends what is left and waits until all of it is on stable storage. */
  finish(): Promise<UploadState>
}

export function createPieceSender(pool: WriterPool, uploadId: string, algorithm: DigestAlgorithm): PieceSender {
  let buffer: Uint8Array<ArrayBuffer> | undefined
  let filled = 0
  let isFirst = true
  let inFlight = 0
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined

  function send(isLast: boolean): Promise<UploadState> {
    const bytes = buffer === undefined ? new Uint8Array(0) : buffer.subarray(0, filled)
    const sent = pool.append(uploadId, { bytes, isFirst, isLast, algorithm })
    buffer = undefined
    filled = 0
    isFirst = false
    return sent
  }

  async function sendFull(): Promise<void> {
    inFlight++
    send(false)
      .catch((error: unknown) => (failure ??= { error }))
      .finally(() => {
        inFlight--
        wake?.()
      })
    if (inFlight >= MAX_IN_FLIGHT) await new Promise<void>((resolve) => (wake = resolve))
    if (failure !== undefined) throw failure.error
  }

  return {
    push: async (chunk) => {
      for (let done = 0; done < chunk.length;) {
        buffer ??= new Uint8Array(pool.takeBuffer())
        const count = Math.min(PIECE_BYTES - filled, chunk.length - done)
        buffer.set(count === chunk.length ? chunk : chunk.subarray(done, done + count), filled)
        filled += count
        done += count
        if (filled === PIECE_BYTES) await sendFull()
      }
    },
    finish: async () => {
      const last = send(true)
      if (failure === undefined) return last
      // The thread refuses the last piece for the same reason; the first failure tells more.
      await last.catch(() => undefined)
      throw failure.error
    },
  }
}
