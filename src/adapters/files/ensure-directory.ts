import { dirname } from "node:path"
import type { Files } from "../../ports/files.ts"

/** Makes a directory with its parents, each one durable in its own parent before anything is put into it. */
export async function ensureDirectory(files: Files, path: string): Promise<void> {
  const isNew = await files.mkdir(path).catch(async (error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    await ensureDirectory(files, dirname(path))
    return files.mkdir(path)
  })
  if (isNew) await files.syncDirectory(dirname(path))
}
