import { dirname } from "node:path"
import type { Files } from "../../ports/files.ts"

/**
 * Makes a directory with its parents. When it resolves the directory is durable in its parent, also where somebody else
 * made it just before; parents that had to be made are as well.
 */
export async function ensureDirectory(files: Files, path: string): Promise<void> {
  await files.mkdir(path).catch(async (error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    await ensureDirectory(files, dirname(path))
    await files.mkdir(path)
  })
  await files.syncDirectory(dirname(path))
}
