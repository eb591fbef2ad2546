import { dirname } from "node:path"
import type { BlobKey } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { blobDirectories, blobPath } from "./layout.ts"
import { fp } from "../../../failpoint.ts"

const ATTEMPTS = 3

/** Moves a synced file to its blob's place. */
export type Publish = (path: string, key: BlobKey) => Promise<void>

/**
 * The order is the promise: the data is durable already, then the rename, then every directory that has a new entry, and
 * only after that may a row name the blob. A directory that was there may have been made a moment ago by somebody who has
 * not synced its parent yet, so being there is not enough: each is synced, the upper ones once.
 */
export function createPublish(root: string, files: Files): Publish {
  const durablePrefixes = new Set<string>()

  /** Whoever removes the only other copy in the directory removes the directory as well. */
  async function renameInto(directory: string, { path, key }: { path: string; key: BlobKey }): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      await files.mkdir(directory)
      fp("blob.directories_made")
      try {
        return await files.rename(path, blobPath(root, key))
      } catch (error) {
        const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT"
        if (!isMissing || attempts === ATTEMPTS) throw error
      }
    }
  }

  return async (path, key) => {
    const [algorithm, prefix, directory] = blobDirectories(root, key)
    const changed = [directory, prefix]
    if (!durablePrefixes.has(prefix)) {
      await files.mkdir(algorithm)
      await files.mkdir(prefix)
      changed.push(algorithm, dirname(algorithm))
    }
    await renameInto(directory, { path, key })
    fp("blob.renamed")
    await Promise.all(changed.map((each) => files.syncDirectory(each)))
    fp("blob.directories_synced")
    durablePrefixes.add(prefix)
  }
}
