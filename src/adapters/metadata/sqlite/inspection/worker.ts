import type { Inspection } from "../../../../ports/metadata/fsck.ts"
import { reportError, type ErrorReport } from "../errors.ts"
import { openForReading } from "../open.ts"
import { inspectDatabase } from "./rules.ts"

export type InspectionReply = { isDone: true; inspection: Inspection } | { isDone: false; error: ErrorReport }

globalThis.addEventListener("message", ({ data }: MessageEvent<string>) => globalThis.postMessage(inspect(data)))

function inspect(path: string): InspectionReply {
  try {
    // A connection of its own: readers and the writer go on.
    const database = openForReading(path)
    try {
      return { isDone: true, inspection: inspectDatabase(database) }
    } finally {
      database.close(true)
    }
  } catch (error) {
    return { isDone: false, error: reportError(error) }
  }
}
