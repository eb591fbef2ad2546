import { dirname } from "node:path"
import type { Digest } from "../../domain/digest.ts"
import type { Files } from "../../ports/files.ts"
import { ensureDirectory } from "../files/ensure-directory.ts"
import { fp } from "../../failpoint.ts"

/** Paths are below the root. */
export interface LinkWriter {
  write(path: string, digest: Digest): Promise<void>
  /** Removes the directory that holds a link. */
  remove(directory: string): Promise<void>
  /** Removes a directory that holds nothing but empty directories, then those above it, up to `end`. */
  removeEmpty(directory: string, end: string): Promise<void>
}

/** A link is replaced as a whole: whoever reads it, after a crash too, finds the old digest or the new one. */
export function createLinkWriter(files: Files, root: string): LinkWriter {
  async function isEmpty(path: string): Promise<boolean> {
    for (const { name, kind } of (await files.list(path)) ?? []) {
      if (kind !== "directory" || !(await isEmpty(`${path}/${name}`))) return false
    }
    return true
  }

  return {
    write: async (path, digest) => {
      const target = `${root}/${path}`
      const draft = `${target}.new`
      await ensureDirectory(files, dirname(target))
      // One that a crash left would be written on.
      await files.unlink(draft)
      const file = await files.open(draft, "append")
      try {
        await file.write([new TextEncoder().encode(digest)])
        await file.sync()
      } finally {
        await file.close()
      }
      fp("link.written")
      await files.rename(draft, target)
      fp("link.renamed")
      await files.syncDirectory(dirname(target))
    },
    remove: async (directory) => {
      const path = `${root}/${directory}`
      if ((await files.findSize(path)) === undefined) return
      await files.removeTree(path)
      fp("link.removed")
      await files.syncDirectory(dirname(path))
    },
    removeEmpty: async (directory, end) => {
      for (let next = directory; next !== end; next = dirname(next)) {
        const path = `${root}/${next}`
        if ((await files.findSize(path)) === undefined) continue
        if (!(await isEmpty(path))) return
        await files.removeTree(path)
        await files.syncDirectory(dirname(path))
      }
    },
  }
}
