import { RegistryError } from "../domain/errors.ts"

/** Reads a whole body of at most `maxBytes`, declared or not. Throws MANIFEST_TOO_LARGE. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = parseContentLength(request)
  if (declared !== undefined && declared > maxBytes) throw tooLarge(maxBytes)
  if (request.body === null) return new Uint8Array(0)
  if (declared !== undefined) return new Uint8Array(await request.arrayBuffer())
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of request.body) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}

/** Bytes, or `undefined` for a body whose length is not declared. */
export function parseContentLength(request: Request): number | undefined {
  const header = request.headers.get("content-length")
  return header === null ? undefined : Number(header)
}

function tooLarge(maxBytes: number): RegistryError {
  return new RegistryError("MANIFEST_TOO_LARGE", `a manifest has at most ${maxBytes} bytes`, { detail: { maxBytes } })
}
