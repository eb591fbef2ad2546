import { lstat } from "node:fs/promises"
import type { LocalFiles } from "../../ports/local-files.ts"
import { copyBlobs, type BlobLister } from "./copy-blobs.ts"
import { createFile, createStandardOutput } from "./output.ts"

/** `listBlobs` gives the stored blobs of a data directory. */
export function createLocalFiles(listBlobs: BlobLister): LocalFiles {
  return {
    find: async (path) => {
      const found = await lstat(path).catch(() => undefined)
      if (found === undefined) return "absent"
      if (found.isDirectory()) return "directory"
      return found.isFile() ? "file" : "other"
    },
    create: (path, options) => (path === "-" ? createStandardOutput() : createFile(path, options)),
    copyBlobs: (copy) => copyBlobs(copy, listBlobs),
  }
}
