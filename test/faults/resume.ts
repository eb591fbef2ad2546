import { expectStatus, wrongAnswer } from "./client.ts"
import type { OpenUpload } from "./ledger.ts"
import { closeUpload, randomWay, sendChunk, upload } from "./operations/upload.ts"
import type { Turn } from "./turn.ts"

/** `begun anew`: the server has at most a byte, and says so; `forgotten`: it knows the upload no more. */
export type Resumption = "resumed" | "begun anew" | "forgotten"

/**
 * Goes on with an upload that a kill interrupted: from where the server says, or from the beginning when it knows the
 * upload no more. Either way the blob is there in the end.
 */
export async function resumeUpload(turn: Turn, open: OpenUpload): Promise<Resumption> {
  const offset = await findOffset(turn, open)
  if (typeof offset === "string") {
    turn.oracle.record({ at: "forgotten", repository: turn.repository.name })
    await upload(turn, open.digest, open.content, randomWay(turn.random))
    return offset
  }
  const found = { ...open, ackedBytes: offset }
  const rest = open.content.sizeBytes - offset
  const isInTwo = rest > 1 && turn.random.chance(0.5)
  await closeUpload(turn, isInTwo ? await sendChunk(turn, found, turn.random.between(1, rest - 1), "chunks") : found)
  return "resumed"
}

async function findOffset({ client }: Turn, open: OpenUpload): Promise<number | "begun anew" | "forgotten"> {
  const request = { method: "GET", path: open.location }
  const reply = await expectStatus(client, request, [204, 404])
  if (reply.status === 404) return "forgotten"
  const range = reply.headers.get("Range") ?? "none"
  const last = Number(/^0-([0-9]+)$/.exec(range)?.[1])
  // `0-0` is said of no byte and of one byte alike: a client that cannot tell begins anew.
  if (last === 0 && open.ackedBytes === 0 && open.content.sizeBytes > 0) return "begun anew"
  const offset = Math.min(last + 1, open.content.sizeBytes)
  const isRight = last + 1 === Math.max(1, offset) && offset >= open.ackedBytes
  if (isRight) return offset
  throw wrongAnswer(request, `a Range of ${open.ackedBytes} to ${open.content.sizeBytes} bytes`, `Range ${range}`)
}
