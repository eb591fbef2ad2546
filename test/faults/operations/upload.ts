import { expectStatus, wrongAnswer, type Reply, type Request } from "../client.ts"
import { contentBytes, type Content } from "../content.ts"
import type { OpenUpload } from "../ledger.ts"
import type { Random } from "../random.ts"
import { change, type Turn } from "../turn.ts"

/** How a blob travels: the requests that clients are known to make. */
export type Way = "single post" | "post and put" | "one patch" | "stream" | "chunks"

const WAYS: readonly Way[] = ["single post", "post and put", "one patch", "stream", "chunks"]
const BINARY = { "Content-Type": "application/octet-stream" }

export function randomWay(random: Random): Way {
  return random.pick(WAYS) ?? "one patch"
}

/** Pushes the content as a blob of the turn's repository. */
export async function upload(turn: Turn, digest: string, content: Content, way: Way): Promise<void> {
  const what = { kind: "put-blob", digest, content } as const
  if (way === "single post") {
    const path = `/v2/${turn.repository.name}/blobs/uploads/?digest=${digest}`
    await change(turn, what, { method: "POST", path, headers: BINARY, body: contentBytes(content) })
    return
  }
  const opened = { digest, content, location: await openUpload(turn), ackedBytes: 0 }
  note(turn, opened)
  await closeUpload(turn, way === "post and put" ? opened : await sendChunks(turn, opened, way))
}

/** Gives the upload's Location. */
export async function openUpload({ client, repository }: Turn): Promise<string> {
  const start = { method: "POST", path: `/v2/${repository.name}/blobs/uploads/` }
  return locationOf(start, await expectStatus(client, start, [202]))
}

/** The closing PUT, with what was not sent before. */
export async function closeUpload(turn: Turn, { digest, content, location, ackedBytes }: OpenUpload): Promise<void> {
  const body = contentBytes(content).subarray(ackedBytes)
  const request = { method: "PUT", path: withDigest(location, digest), headers: BINARY, body }
  await change(turn, { kind: "put-blob", digest, content }, request)
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`
}

/** Sends one chunk; gives the upload as it is then. */
export async function sendChunk(turn: Turn, upload: OpenUpload, size: number, way: Way): Promise<OpenUpload> {
  const start = upload.ackedBytes
  const end = start + size
  const chunk = contentBytes(upload.content).subarray(start, end)
  const headers = way === "chunks" ? { ...BINARY, "Content-Range": `${start}-${end - 1}` } : BINARY
  const body = way === "stream" ? trickle(chunk, turn.random.below(6), turn.sleep ?? Bun.sleep) : chunk
  const request = { method: "PATCH", path: upload.location, headers, body }
  const reply = await expectStatus(turn.client, request, [202])
  const range = reply.headers.get("Range")
  if (range !== `0-${Math.max(0, end - 1)}`) throw wrongAnswer(request, `Range 0-${end - 1}`, `Range ${range}`)
  const sent = { ...upload, location: locationOf(request, reply), ackedBytes: end }
  note(turn, sent)
  return sent
}

/** Sends one chunk or more; some bytes may be left for the closing PUT. */
async function sendChunks(turn: Turn, opened: OpenUpload, way: Way): Promise<OpenUpload> {
  const { random } = turn
  const { sizeBytes } = opened.content
  if (way !== "chunks") return sendChunk(turn, opened, sizeBytes, way)
  const until = random.chance(0.5) ? sizeBytes : random.below(sizeBytes + 1)
  let upload = opened
  while (upload.ackedBytes < until) {
    const size = Math.min(until - upload.ackedBytes, random.between(1, Math.ceil(sizeBytes / 3)))
    upload = await sendChunk(turn, upload, size, way)
  }
  return upload
}

function note({ oracle, repository }: Turn, upload: OpenUpload): void {
  oracle.record({ at: "upload", repository: repository.name, upload })
}

// Clients are to use the latest Location.
function locationOf(request: Request, { headers }: Reply): string {
  const location = headers.get("Location")
  if (location === null) throw wrongAnswer(request, "a Location", "none")
  return location
}

/** A body without a length, in pieces with pauses between: a kill often falls into the middle of it. */
function trickle(
  bytes: Uint8Array<ArrayBuffer>,
  pauseMs: number,
  sleep: (ms: number) => Promise<void>,
): ReadableStream<Uint8Array> {
  const size = Math.max(1, Math.ceil(bytes.length / 8))
  let sent = 0
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (sent > 0) await sleep(pauseMs)
      if (sent >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(sent, sent + size))
      sent += size
    },
  })
}
