import type { DigestAlgorithm } from "../../../domain/digest.ts"
import type { UploadState } from "../../../ports/blob-store.ts"
import type { WriterPool } from "./writer-pool.ts"

/** Gathers a body's chunks into pieces and hands them to the upload's thread, no more at a time than its share of memory. */
export interface PieceSender {
  /** Takes the chunk over. Waits while too much is on its way. Throws when an earlier piece could not be written. */
  push(chunk: Uint8Array): Promise<void>
  /** Sends what is left and waits until all of it is on stable storage. To be called in any case. */
  finish(): Promise<UploadState>
}

/** Larger pieces mean fewer messages, and a message costs about as much as hashing 4 KiB. */
const PIECE_BYTES = 256 * 1024

export function createPieceSender(pool: WriterPool, uploadId: string, algorithm: DigestAlgorithm): PieceSender {
  let chunks: Uint8Array<ArrayBuffer>[] = []
  let gatheredBytes = 0
  let inFlightBytes = 0
  let isFirst = true
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined
  const writer = pool.openBody(uploadId)

  function send(isLast: boolean): Promise<UploadState> {
    const piece = { chunks, isFirst, isLast, algorithm }
    chunks = []
    gatheredBytes = 0
    isFirst = false
    return writer.append(piece)
  }

  const isFull = () => inFlightBytes > 0 && inFlightBytes >= writer.shareBytes()

  async function sendGathered(): Promise<void> {
    const sizeBytes = gatheredBytes
    inFlightBytes += sizeBytes
    send(false)
      .catch((error: unknown) => (failure ??= { error }))
      .finally(() => {
        inFlightBytes -= sizeBytes
        wake?.()
      })
    // Its share may have become smaller meanwhile.
    while (isFull()) await new Promise<void>((resolve) => (wake = resolve))
    if (failure !== undefined) throw failure.error
  }

  return {
    push: async (chunk) => {
      chunks.push(own(chunk))
      gatheredBytes += chunk.length
      if (gatheredBytes >= Math.min(PIECE_BYTES, writer.shareBytes() / 2)) await sendGathered()
    },
    finish: async () => {
      try {
        const last = send(true)
        if (failure === undefined) return await last
        // The thread refuses the last piece for the same reason; the first failure tells more.
        await last.catch(() => undefined)
        throw failure.error
      } finally {
        writer.close()
      }
    },
  }
}

/** Memory that is handed over must be nobody else's: a view into something larger is copied. */
function own(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = chunk
  return buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength
    ? new Uint8Array(buffer)
    : chunk.slice()
}
