import type { Database } from "bun:sqlite"
import { reportError, spoilsConnection, type ErrorReport } from "../errors.ts"
import { openForCheckpoints } from "../open.ts"

export type CheckpointMessage = { kind: "checkpoint"; path: string } | { kind: "close" }

export type CheckpointReply = { kind: "done" } | { kind: "failed"; error: ErrorReport } | { kind: "closed" }

let database: Database | undefined

globalThis.addEventListener("message", ({ data }: MessageEvent<CheckpointMessage>) =>
  globalThis.postMessage(data.kind === "close" ? close() : write(data.path)),
)

function write(path: string): CheckpointReply {
  try {
    database ??= openForCheckpoints(path)
    // Passive: it waits for nobody, and nobody waits for it.
    database.query("PRAGMA wal_checkpoint(PASSIVE)").get()
    return { kind: "done" }
  } catch (error) {
    if (spoilsConnection(error)) close()
    return { kind: "failed", error: reportError(error) }
  }
}

function close(): CheckpointReply {
  const closing = database
  database = undefined
  closing?.close()
  return { kind: "closed" }
}
