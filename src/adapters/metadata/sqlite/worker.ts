import { compileForSqlite } from "./compile.ts"
import { reportError } from "./errors.ts"
import type { MessageFromWorker, MessageToWorker } from "./messages.ts"
import { openForWriting } from "./open.ts"
import { createWriter, type Writer } from "./writer.ts"

// The thread that owns the writing connection: a commit waits for the disk, and nothing else waits with it.
let writer: Writer | undefined

globalThis.addEventListener("message", (event: MessageEvent<MessageToWorker>) => {
  answer(event.data).then(
    (reply) => globalThis.postMessage(reply),
    (error: unknown) => globalThis.postMessage({ kind: "failed", error: reportError(error) }),
  )
})

async function answer(message: MessageToWorker): Promise<MessageFromWorker> {
  switch (message.kind) {
    case "open": {
      const compiled = compileForSqlite()
      writer = createWriter(() => openForWriting(message.path, message.at), compiled)
      return { kind: "opened", compiled }
    }
    case "run":
      if (writer === undefined) throw new Error("the database is not open")
      return { kind: "ran", replies: await writer.run(message.batch), logPages: writer.countLogPages() }
    case "close":
      writer?.close()
      return { kind: "closed" }
  }
}
