import { dirname } from "node:path"
import type { Files } from "../../ports/files.ts"

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "let the user of the server write to the directory above it",
  EPERM: "let the user of the server write to the directory above it",
  EROFS: "mount its file system for writing",
  ENOSPC: "no space is left on the disk, make room",
  EDQUOT: "the quota of the user of the server is used up, make room",
  ENOTDIR: "what is above it is a file, name another place or move that away",
}

/**
 * Makes a directory with its parents. When it resolves the directory is durable in its parent, also where somebody else
 * made it just before; parents that had to be made are as well. The errors' messages are for the operator.
 */
export async function ensureDirectory(files: Files, path: string): Promise<void> {
  await files.mkdir(path).catch(async (error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw explain(error, path)
    await ensureDirectory(files, dirname(path))
    await files.mkdir(path)
  })
  await files.syncDirectory(dirname(path))
}

function explain(error: unknown, path: string): unknown {
  const code = codeOf(error)
  const reason = REASONS[code]
  if (reason === undefined) return error
  return Object.assign(new Error(`${path} cannot be made (${code}): ${reason}`, { cause: error }), { code })
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : ""
}
