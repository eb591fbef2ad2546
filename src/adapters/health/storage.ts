import { join } from "node:path"
import type { Files } from "../../ports/files.ts"
import type { Probe } from "../../ports/probe.ts"

interface StorageProbeOptions {
  /** Where the program may write; `undefined`: everything is kept in memory. */
  directory: string | undefined
  /** Name of the file that is written there. */
  file: string
  files: Files
  /** Reads or writes something, anything, of the metadata. */
  tryMetadata: () => Promise<unknown>
}

const LONGEST_SECONDS = 30

/** Fails unless a small file can be written, synced, read and removed, and the metadata read, in reasonable time. */
export function createStorageProbe({ directory, file, files, tryMetadata }: StorageProbeOptions): Probe {
  const name = directory === undefined ? "storagedriver_inmemory" : "storagedriver_filesystem"
  let underway: Promise<void> | undefined

  async function look(): Promise<void> {
    await tryMetadata()
    if (directory !== undefined) await tryFile(files, join(directory, file))
  }

  return {
    name,
    // A disk that hangs keeps one look waiting, not one more with each check.
    check: () => {
      underway ??= look().finally(() => (underway = undefined))
      return withDeadline(underway)
    },
  }
}

async function tryFile(files: Files, path: string): Promise<void> {
  const written = new TextEncoder().encode("written by a health check")
  // What a crash left would otherwise be appended to.
  await files.unlink(path)
  const file = await files.open(path, "append")
  try {
    await file.write([written])
    await file.sync()
    const read = new Uint8Array(written.length)
    await file.read(read, 0)
    if (Buffer.compare(read, written) !== 0) throw new Error("what was written is not what is read")
  } finally {
    await file.close()
  }
  await files.unlink(path)
}

async function withDeadline(look: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error("the storage does not answer")), LONGEST_SECONDS * 1000)
  try {
    await Promise.race([look, late])
  } finally {
    clearTimeout(timer)
  }
}
