import { RegistryError } from "../domain/errors.ts"

/** Reads a request's body as it comes in, giving it up when it comes in too slowly or the signal says so. */
export type BodyOpener = (body: ReadableStream<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>

/** Reads a whole body into memory. */
export type BodyReader = (request: Request) => Promise<Uint8Array>

interface BodyReaderOptions {
  openBody: BodyOpener
  /** Of one body, declared or not; beyond it MANIFEST_TOO_LARGE. */
  maxBytes: number
  /** Of all bodies that are being read at once; beyond it OVERLOADED. */
  maxTotalBytes: number
}

export function createBodyReader({ openBody, maxBytes, maxTotalBytes }: BodyReaderOptions): BodyReader {
  let totalBytes = 0
  return async (request) => {
    if ((parseContentLength(request) ?? 0) > maxBytes) throw tooLarge(maxBytes)
    if (request.body === null) return new Uint8Array(0)
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    try {
      for await (const chunk of openBody(request.body, request.signal)) {
        sizeBytes += chunk.length
        totalBytes += chunk.length
        if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
        if (totalBytes > maxTotalBytes) throw new RegistryError("OVERLOADED", "too many manifests are being received")
        chunks.push(chunk)
      }
      return join(chunks, sizeBytes)
    } finally {
      totalBytes -= sizeBytes
    }
  }
}

function join(chunks: Uint8Array[], sizeBytes: number): Uint8Array {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, sizeBytes)
}

/** Bytes, or `undefined` for a body whose length is not declared. */
export function parseContentLength(request: Request): number | undefined {
  const header = request.headers.get("content-length")
  return header === null ? undefined : Number(header)
}

function tooLarge(maxBytes: number): RegistryError {
  return new RegistryError("MANIFEST_TOO_LARGE", `a manifest has at most ${maxBytes} bytes`, { detail: { maxBytes } })
}
