import { stat } from "node:fs/promises"
import type { Probe } from "../../ports/probe.ts"

/** Fails while the file is there: how an operator takes a server out of service. */
export function createFileProbe(path: string): Probe {
  return {
    name: path,
    check: async () => {
      if (await exists(path)) throw new Error("file exists")
    },
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    // One that cannot be looked at is none: a directory above it may be missing, as with distribution.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return false
    throw error
  }
}
