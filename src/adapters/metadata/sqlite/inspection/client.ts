import type { Inspection } from "../../../../ports/metadata/fsck.ts"
import { restoreError } from "../errors.ts"
import type { InspectionReply } from "./worker.ts"

/** Inspects the database file in a thread of its own. Rejects with the signal's reason at once: the thread ends after it. */
export async function inspectFile(path: string, signal: AbortSignal): Promise<Inspection> {
  signal.throwIfAborted()
  const worker = new Worker(new URL("./worker.ts", import.meta.url))
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>()
  const abort = () => reject(signal.reason)
  signal.addEventListener("abort", abort)
  worker.addEventListener("message", ({ data }: MessageEvent<InspectionReply>) =>
    data.isDone ? resolve(data.inspection) : reject(restoreError(data.error)),
  )
  worker.addEventListener("error", ({ message }) => reject(new Error(`the inspection's thread has ended: ${message}`)))
  worker.postMessage(path)
  try {
    return await promise
  } finally {
    signal.removeEventListener("abort", abort)
    worker.terminate()
  }
}
