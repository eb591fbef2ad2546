import type { BlobKey } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { blobDirectories, blobPath } from "./layout.ts"

/**
 * Moves a synced file to its blob's place. The order is the promise: the data is durable already, then the rename, then
 * every directory that got a new entry, and only after that may a row name the blob.
 */
export async function publishBlob(
  files: Files,
  path: string,
  { root, key }: { root: string; key: BlobKey },
): Promise<void> {
  const changed = await ensureBlobDirectory(files, blobDirectories(root, key))
  await files.rename(path, blobPath(root, key))
  await Promise.all(changed.map((directory) => files.syncDirectory(directory)))
}

/** Gives the directories that have, or are about to have, a new entry. */
async function ensureBlobDirectory(
  files: Files,
  [algorithm, prefix, directory]: [string, string, string],
): Promise<string[]> {
  try {
    return (await files.mkdir(directory)) ? [directory, prefix] : [directory]
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
  }
  // The first blob of its prefix.
  const parents = [algorithm, prefix]
  for (const parent of parents) await files.mkdir(parent)
  await files.mkdir(directory)
  return [directory, prefix, algorithm, algorithm.slice(0, algorithm.lastIndexOf("/"))]
}
