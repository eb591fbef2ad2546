import type { OpenFile } from "../../../ports/files.ts"
import type { UploadState } from "../../../ports/blob-store.ts"
import type { Hasher } from "./hasher.ts"
import { fp } from "../../../failpoint.ts"

const SYNC_EVERY_BYTES = 32 * 2 ** 20

/** The file of an upload while a request's body is written to it. */
export interface UploadSession {
  write(chunks: Uint8Array[]): Promise<void>
  /** Makes everything durable and closes the file. */
  finish(): Promise<UploadState>
  /** Closes the file, whatever it holds. */
  discard(): Promise<void>
  hasher: Hasher | undefined
}

/** `hasher` has seen exactly the `sizeBytes` that the file holds; without one the upload is read back at its end. */
export function createUploadSession(file: OpenFile, sizeBytes: number, hasher: Hasher | undefined): UploadSession {
  let size = sizeBytes
  let unsynced = 0
  // A sync runs in the background as the body comes in, so that the last one finds little to do.
  let syncing = Promise.resolve()
  return {
    hasher,
    write: async (chunks) => {
      // The system writes in a thread of its own while this one hashes.
      const writing = file.write(chunks)
      writing.catch(() => undefined)
      for (const chunk of chunks) {
        size += chunk.length
        unsynced += chunk.length
        hasher?.update(chunk)
      }
      await writing
      fp("upload.written")
      if (unsynced < SYNC_EVERY_BYTES) return
      // At most one is under way: a slow disk holds the upload back instead of piling up dirty pages.
      await syncing
      unsynced = 0
      syncing = file.sync()
      fp("upload.syncing_meanwhile")
      // The failure is met at the next wait; without a handler now it would count as unhandled.
      syncing.catch(() => undefined)
    },
    finish: async () => {
      await syncing
      await file.sync()
      fp("upload.synced")
      const stored = await file.size()
      // The digest is that of the bytes that came: a write that stored fewer and said nothing must not go unseen.
      if (stored !== size) throw new Error(`${size} bytes were written, and the file has ${stored}`)
      await file.close()
      return describeUpload(size, hasher)
    },
    discard: async () => {
      await syncing.catch(() => undefined)
      await file.close()
    },
  }
}

export function describeUpload(sizeBytes: number, hasher: Hasher | undefined): UploadState {
  return hasher?.sizeBytes === sizeBytes ? { sizeBytes, digest: hasher.digest() } : { sizeBytes }
}
