import { connect } from "node:net"
import { LostReplyError } from "../client.ts"
import { contentBytes, digestOf } from "../content.ts"
import { openUpload } from "../operations/upload.ts"
import { resumeUpload } from "../resume.ts"
import type { Turn } from "../turn.ts"

/** An upload whose connection is cut in the middle, and that goes on where the server says. */
export async function cutAndResume(turn: Turn, url: string): Promise<void> {
  const { oracle, random, repository } = turn
  const content = { seed: random.below(2 ** 32), sizeBytes: random.between(2, 200_000) }
  const body = contentBytes(content)
  const location = await openUpload(turn)
  const upload = { digest: digestOf(body), content, location, ackedBytes: 0 }
  oracle.record({ at: "upload", repository: repository.name, upload })
  await sendPart(url, { path: location, body, until: random.below(body.length) })
  await resumeUpload(turn, upload)
}

/** Sends a part of a PATCH whose header announces all of it, then breaks the connection. */
function sendPart(url: string, part: { path: string; body: Uint8Array; until: number }): Promise<void> {
  const { hostname, port, pathname, search } = new URL(part.path, url)
  const head =
    `PATCH ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
    `Content-Type: application/octet-stream\r\nContent-Length: ${part.body.length}\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.once("error", (error) => reject(new LostReplyError(`PATCH ${pathname}: ${error.message}`)))
    socket.once("close", () => resolve())
    socket.once("connect", () => {
      socket.write(head)
      socket.write(part.body.subarray(0, part.until), () => socket.resetAndDestroy())
    })
  })
}
