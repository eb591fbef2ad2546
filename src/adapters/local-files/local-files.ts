import { stat } from "node:fs/promises"
import type { LocalFiles, PathKind } from "../../ports/local-files.ts"
import { copyBlobs, type BlobLister } from "./copy-blobs.ts"
import { openArchive } from "./layout-archive-reader.ts"
import { createArchive } from "./layout-archive.ts"
import { openDirectoryForReading, openDirectoryForWriting } from "./layout-directory.ts"
import { createFile, createStandardOutput } from "./output.ts"

/** `listBlobs` gives the stored blobs of a data directory. */
export function createLocalFiles(listBlobs: BlobLister): LocalFiles {
  const create = (path: string, options: { replaces: boolean }) =>
    path === "-" ? createStandardOutput() : createFile(path, options)
  return {
    find,
    isSame,
    create,
    createLayout: async (path, options) =>
      path === "-" || path.endsWith(".tar")
        ? createArchive(await create(path, options))
        : openDirectoryForWriting(path),
    openLayout: async (path) => {
      const kind = path === "-" ? "other" : await find(path)
      if (kind === "absent") throw new Error(`there is no ${path}: name a directory or an archive that is there`)
      return kind === "directory" ? openDirectoryForReading(path) : openArchive(path)
    },
    copyBlobs: (copy) => copyBlobs(copy, listBlobs),
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [found, same] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)))
  return found !== undefined && found.ino === same?.ino && found.dev === same.dev
}

async function find(path: string): Promise<PathKind> {
  // Somebody may have named a link to it.
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return "absent"
  if (found.isDirectory()) return "directory"
  return found.isFile() ? "file" : "other"
}
