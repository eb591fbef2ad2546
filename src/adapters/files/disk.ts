import { close, constants, fdatasync, fstat, fsync, open, openSync, read, writeSync } from "node:fs"
import { mkdir, rename, stat, unlink } from "node:fs/promises"
import { promisify } from "node:util"
import type { Files, OpenFile } from "../../ports/files.ts"

const closeFile = promisify(close)
const datasyncFile = promisify(fdatasync)
const openDirectory = promisify(open)
const statFile = promisify(fstat)
const syncFile = promisify(fsync)

const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_RDWR

/** The real file system. Short calls that only touch the page cache are made at once; whatever waits for the disk is not. */
export function createDiskFiles(): Files {
  return {
    open: async (path, mode) => openOnDisk(openSync(path, mode === "append" ? APPEND : constants.O_RDONLY, 0o644)),
    rename,
    unlink: (path) => unlink(path).catch(allow("ENOENT")),
    mkdir: (path) =>
      mkdir(path).then(
        () => true,
        (error: unknown) => {
          allow("EEXIST")(error)
          return false
        },
      ),
    syncDirectory,
    findSize: (path) =>
      stat(path).then(
        (found) => found.size,
        (error: unknown) => allow("ENOENT")(error),
      ),
  }
}

function openOnDisk(fd: number): OpenFile {
  return {
    // writeSync to the page cache is twice as fast as a hop to the thread pool; a full disk throws ENOSPC here.
    write: async (bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    },
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
      }),
    sync: () => datasyncFile(fd),
    size: async () => (await statFile(fd)).size,
    close: () => closeFile(fd),
  }
}

async function syncDirectory(path: string): Promise<void> {
  const fd = await openDirectory(path, constants.O_RDONLY)
  try {
    await syncFile(fd)
  } finally {
    await closeFile(fd)
  }
}

function allow(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === code) return undefined
    throw error
  }
}
