import type { BlobKey, BlobStore } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { ensureDirectory } from "../../files/ensure-directory.ts"
import { createCopy } from "./copy.ts"
import { guard } from "./guard.ts"
import { baseDirectories, blobDirectories, blobPath } from "./layout.ts"
import { createPieceSender } from "./piece-sender.ts"
import { createQuarantine } from "./quarantine.ts"
import { createStoredBlobs } from "./stored-blobs.ts"
import { createVerify } from "./verify.ts"
import { createWriterPool, type WriterPool } from "./writer-pool.ts"

export interface FilesystemOptions {
  /** An absolute path. */
  root: string
  /** How many are started to write uploads, or who writes them instead. */
  threads: number | WriterPool
  files: Files
}

/** Blobs in distribution's layout below one directory. Rejects, with a sentence for the operator, when it cannot be written to. */
export async function createFilesystemBlobStore({ root, threads, files }: FilesystemOptions): Promise<BlobStore> {
  for (const path of baseDirectories(root)) await ensureDirectory(files, path)
  const pool = typeof threads === "number" ? await createWriterPool(root, threads) : threads
  const copy = createCopy(files, root)
  const quarantine = createQuarantine(files, root)

  /** With its directory, unless another copy is there: a million blobs that are gone are to leave nothing. */
  async function remove(key: BlobKey): Promise<void> {
    await files.unlink(blobPath(root, key))
    const [, , directory] = blobDirectories(root, key)
    await files.removeDirectory(directory)
  }

  return {
    ...createStoredBlobs(files, root),
    // Hashing has no place in the thread that answers requests.
    verify: createVerify(pool),
    findUpload: (uploadId, notedBytes) => guard(pool.find(uploadId, notedBytes)),
    append: async (uploadId, body, { algorithm }) => {
      const sender = createPieceSender(pool, uploadId, algorithm)
      let interruption: { error: unknown } | undefined
      try {
        for await (const chunk of body) await sender.push(chunk)
      } catch (error) {
        interruption = { error }
      }
      // What arrived is kept and synced even when the rest will never come.
      const state = await guard(sender.finish())
      if (interruption !== undefined) throw interruption.error
      return state
    },
    hashUpload: (uploadId, algorithm) => guard(pool.hash(uploadId, algorithm)),
    complete: (uploadId, key) => guard(pool.complete(uploadId, key)),
    abort: (uploadId) => guard(pool.abort(uploadId)),
    copy: (key, generation) => guard(copy(key, generation)),
    remove: (key) => guard(remove(key)),
    quarantine: (key) => guard(quarantine(key)),
    close: () => pool.close(),
  }
}
