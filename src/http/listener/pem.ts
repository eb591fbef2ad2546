import { readFile } from "node:fs/promises"

/** Reads a file that the configuration names. Rejects with a one-sentence Error that says what to do. */
export async function readPem(path: string, { what, setting }: { what: string; setting: string }): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    throw new Error(`cannot read the TLS ${what} ${path}: ${adviseOn(error, setting)}`, { cause: error })
  }
}

function adviseOn(error: unknown, setting: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `there is no such file, correct ${setting}`
  if (code === "EISDIR") return `it is a directory, correct ${setting}`
  if (code === "EACCES") return "let the user of the server read it"
  return error instanceof Error ? error.message : String(error)
}
