import { RegistryError } from "../domain/errors.ts"

/** Reads a request's body as it comes in, giving it up when it comes in too slowly or the signal says so. */
export type BodyOpener = (body: ReadableStream<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>

/** Reads a whole body of at most `maxBytes`, declared or not. Throws MANIFEST_TOO_LARGE. */
export async function readBody(request: Request, openBody: BodyOpener, maxBytes: number): Promise<Uint8Array> {
  if ((parseContentLength(request) ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (request.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of openBody(request.body, request.signal)) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
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
