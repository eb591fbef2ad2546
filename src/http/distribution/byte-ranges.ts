import type { ByteRange } from "../../domain/range.ts"
import type { OpenedBlob } from "../../ports/blob-store.ts"
import { streamBlob } from "./blob-body.ts"

export interface Multipart {
  headers: Record<string, string>
  body: ReadableStream<Uint8Array>
  sizeBytes: number
}

/** Several ranges in one answer (RFC 9110, "multipart/byteranges"), opened one after the other as the client reads. */
export function createMultipart(
  ranges: ByteRange[],
  totalBytes: number,
  open: (range: ByteRange) => Promise<OpenedBlob>,
): Multipart {
  const boundary = crypto.randomUUID()
  const encoder = new TextEncoder()
  const heads = ranges.map(({ start, length }) =>
    encoder.encode(
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Range: bytes ${start}-${start + length - 1}/${totalBytes}\r\n\r\n`,
    ),
  )
  const tail = encoder.encode(`\r\n--${boundary}--\r\n`)

  async function* write(): AsyncGenerator<Uint8Array> {
    for (const [index, range] of ranges.entries()) {
      yield heads[index] ?? new Uint8Array(0)
      yield* streamBlob(await open(range))
    }
    yield tail
  }

  return {
    // Without a length: the runtime sends a stream in chunks, whatever is said of it.
    headers: { "Content-Type": `multipart/byteranges; boundary=${boundary}` },
    body: streamOf(write()),
    sizeBytes: ranges.reduce((sum, { length }, index) => sum + length + (heads[index]?.length ?? 0), tail.length),
  }
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => {
      await chunks.return(undefined)
    },
  })
}
