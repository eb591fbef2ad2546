import { join } from "node:path"
import type { Files } from "../../ports/files.ts"
import type { Unrecorded } from "../../ports/unrecorded.ts"

/**
 * An empty file below `directory` whose name says it. A full disk has no room for a new file, and lets one change its name:
 * therefore it is there from the first start on, and both names have the same length.
 */
export async function openFileUnrecorded(files: Files, directory: string): Promise<Unrecorded> {
  const [clear, noted] = [join(directory, "told-kept"), join(directory, "told-lost")]
  const isThere = async (path: string) => (await files.findSize(path)) !== undefined

  async function ensure(path: string): Promise<void> {
    await (await files.open(path, "append")).close()
    await files.syncDirectory(directory)
  }

  async function change(from: string, to: string): Promise<void> {
    if (!(await isThere(from))) return ensure(to)
    await files.rename(from, to)
    await files.syncDirectory(directory)
  }

  if (!(await isThere(noted)) && !(await isThere(clear))) await ensure(clear)
  return {
    isNoted: () => isThere(noted),
    note: () => change(clear, noted),
    forget: () => change(noted, clear),
  }
}
