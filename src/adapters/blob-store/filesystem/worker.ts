// A thread that hashes and writes uploads, so that the event loop only moves buffers.
import { createDiskFiles } from "../../files/disk.ts"
import { createUploadWriter, type UploadWriter } from "./upload-writer.ts"
import type { WriterCall, WriterReply } from "./worker-protocol.ts"

declare const self: Worker

let writer: UploadWriter | undefined
// Calls for one upload run one after the other, in the order of their messages; an upload without calls has no entry.
const tails = new Map<string, Promise<void>>()

self.onmessage = ({ data }: MessageEvent<{ root: string } | WriterCall>) => {
  if ("root" in data) {
    writer = createUploadWriter(data.root, createDiskFiles())
    return reply({ ready: true })
  }
  const [uploadId] = data.args
  const tail = (tails.get(uploadId) ?? Promise.resolve()).then(() => answer(data))
  tails.set(uploadId, tail)
  void tail.then(() => tails.get(uploadId) === tail && tails.delete(uploadId))
}

async function answer(call: WriterCall): Promise<void> {
  try {
    if (writer === undefined) throw new Error("the worker got a call before its root directory")
    const run = writer[call.method] as (...args: unknown[]) => Promise<unknown>
    reply({ id: call.id, result: await run(...call.args) })
  } catch (error) {
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
    reply({ id: call.id, error: { message: error instanceof Error ? error.message : String(error), code } })
  }
}

function reply(message: WriterReply): void {
  self.postMessage(message)
}
