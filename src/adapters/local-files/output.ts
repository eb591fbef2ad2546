import { write } from "node:fs"
import { lstat, open, rename, rm, stat, type FileHandle } from "node:fs/promises"
import { dirname } from "node:path"
import type { OutputFile } from "../../ports/local-files.ts"
import { createDiskFiles } from "../files/disk.ts"

const STANDARD_OUTPUT = 1
const RETRY_MS = 5

export async function createFile(path: string, { replaces }: { replaces: boolean }): Promise<OutputFile> {
  await refuse(path, replaces)
  const partial = `${path}.partial`
  // What a killed command left, or what another one writes at this moment: that one is told at its end.
  await rm(partial, { force: true })
  const file = await open(partial, "wx", 0o600).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    throw new Error(`there is no directory ${dirname(path)}: make it, or name another`, { cause: error })
  })
  let isOpen = true

  async function close(): Promise<void> {
    if (isOpen) await file.close()
    isOpen = false
  }

  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten
    },
    finish: async () => {
      await file.sync()
      if (!(await isAt(partial, file))) throw new Error(`another command writes ${path} at the same time`)
      await close()
      // Somebody may have come first.
      await refuse(path, replaces)
      await rename(partial, path)
      await createDiskFiles().syncDirectory(dirname(path))
    },
    discard: async () => {
      if (!isOpen) return
      const isOwn = await isAt(partial, file)
      await close()
      if (isOwn) await rm(partial, { force: true })
    },
  }
}

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [found, own] = [await stat(path).catch(() => undefined), await file.stat()]
  return found?.ino === own.ino && found.dev === own.dev
}

async function refuse(path: string, replaces: boolean): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined || (replaces && !found.isDirectory())) return
  throw new Error(
    found.isDirectory() ? `${path} is a directory: name a file` : `${path} is there already: --force replaces it`,
  )
}

export async function createStandardOutput(): Promise<OutputFile> {
  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length;) done += await writeSome(bytes.subarray(done))
    },
    finish: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  }
}

/** A pipe that somebody made non-blocking takes no more for a while. */
function writeSome(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(STANDARD_OUTPUT, bytes, (error, written) => {
      if (error === null) return resolve(written)
      if (error.code === "EAGAIN") return void setTimeout(() => resolve(0), RETRY_MS)
      reject(error.code === "EPIPE" ? new Error("nobody reads standard output any more", { cause: error }) : error)
    })
  })
}
