import type { OpenedBlob } from "../../ports/blob-store.ts"

/** A file leaves by sendfile. Its status and its range are ours, never the runtime's, which counts its length. */
export function openBlobBody(
  opened: OpenedBlob,
  { status, headers }: { status: number; headers: Record<string, string> },
): Response {
  if (opened.kind === "redirect")
    return new Response(null, { status: 307, headers: { ...headers, Location: opened.url } })
  if (opened.kind === "stream") {
    const length = { "Content-Length": String(opened.range.length) }
    return new Response(opened.body, { status, headers: { ...headers, ...length } })
  }
  const { start, length } = opened.range
  const file = Bun.file(opened.path)
  const isWhole = start === 0 && length === opened.totalBytes
  // Where this is not said, the runtime says that the file's name is `data`.
  const named = { "Content-Disposition": "attachment", ...headers }
  return new Response(isWhole ? file : file.slice(start, start + length), { status, headers: named })
}

export function streamBlob(opened: OpenedBlob): ReadableStream<Uint8Array> {
  if (opened.kind === "stream") return opened.body
  if (opened.kind === "redirect") throw new Error("a redirect has no bytes of its own")
  const { start, length } = opened.range
  return Bun.file(opened.path)
    .slice(start, start + length)
    .stream()
}
