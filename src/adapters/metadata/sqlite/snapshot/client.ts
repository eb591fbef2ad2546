import type { BackupManifest } from "../../../../domain/backup.ts"
import { restoreError } from "../errors.ts"
import type { SnapshotOrder } from "./snapshot.ts"
import type { SnapshotMessage, SnapshotReply } from "./worker.ts"

/**
 * Makes a snapshot of the database file in a thread of its own. Rejects with the signal's reason at once: the thread
 * cannot be interrupted, and goes on for a moment with a file that its caller removes.
 */
export async function takeSnapshot(path: string, order: SnapshotOrder, signal: AbortSignal): Promise<BackupManifest> {
  signal.throwIfAborted()
  const worker = new Worker(new URL("./worker.ts", import.meta.url))
  const { promise, resolve, reject } = Promise.withResolvers<BackupManifest>()
  const abort = () => reject(signal.reason)
  signal.addEventListener("abort", abort)
  worker.addEventListener("message", ({ data }: MessageEvent<SnapshotReply>) =>
    data.isDone ? resolve(data.manifest) : reject(restoreError(data.error)),
  )
  worker.addEventListener("error", ({ message }) => reject(new Error(`the backup's thread has ended: ${message}`)))
  worker.postMessage({ path, order } satisfies SnapshotMessage)
  try {
    return await promise
  } finally {
    signal.removeEventListener("abort", abort)
    worker.terminate()
  }
}
