import type { BackupManifest } from "../../../../domain/backup.ts"
import { reportError, type ErrorReport } from "../errors.ts"
import { openForReading } from "../open.ts"
import { writeSnapshot, type SnapshotOrder } from "./snapshot.ts"

/** What the thread is told, once. */
export interface SnapshotMessage {
  path: string
  order: SnapshotOrder
}

export type SnapshotReply = { isDone: true; manifest: BackupManifest } | { isDone: false; error: ErrorReport }

globalThis.addEventListener("message", ({ data }: MessageEvent<SnapshotMessage>) => globalThis.postMessage(make(data)))

function make({ path, order }: SnapshotMessage): SnapshotReply {
  try {
    // A connection of its own: the writer's goes on.
    const database = openForReading(path)
    try {
      return { isDone: true, manifest: writeSnapshot(database, order) }
    } finally {
      database.close(true)
    }
  } catch (error) {
    return { isDone: false, error: reportError(error) }
  }
}
