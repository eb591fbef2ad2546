import { close, constants, fdatasync, fstat, fsync, ftruncate, open, openSync, read, writev } from "node:fs"
import type { Dirent } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink } from "node:fs/promises"
import { promisify } from "node:util"
import type { DirectoryEntry, FileContent, Files, OpenFile } from "../../ports/files.ts"
import { fp } from "../../failpoint.ts"

const closeFile = promisify(close)
const datasyncFile = promisify(fdatasync)
const openDirectory = promisify(open)
const statFile = promisify(fstat)
const syncFile = promisify(fsync)
const truncateFile = promisify(ftruncate)

const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_RDWR

/** The real file system. Nothing that moves bytes or waits for the disk holds up the calling thread. */
export function createDiskFiles(): Files {
  return {
    open: async (path, mode) => {
      fp("file.open")
      return openOnDisk(openSync(path, mode === "append" ? APPEND : constants.O_RDONLY, 0o644))
    },
    rename: (from, to) => {
      fp("file.rename")
      return rename(from, to)
    },
    unlink: (path) => {
      fp("file.unlink")
      return unlink(path).catch(allow("ENOENT"))
    },
    removeTree: (path) => {
      fp("file.remove_tree")
      return rm(path, { recursive: true, force: true })
    },
    removeDirectory: (path) => {
      fp("file.remove_directory")
      return rmdir(path).catch(allow("ENOENT", "ENOTEMPTY", "EEXIST"))
    },
    mkdir: (path) => {
      fp("file.mkdir")
      return mkdir(path).then(
        () => true,
        (error: unknown) => {
          allow("EEXIST")(error)
          return false
        },
      )
    },
    syncDirectory,
    findSize: (path) =>
      stat(path).then(
        (found) => found.size,
        (error: unknown) => allow("ENOENT")(error),
      ),
    list: (path) =>
      readdir(path, { withFileTypes: true }).then(
        (entries) => entries.map(toEntry),
        (error: unknown) => allow("ENOENT")(error),
      ),
    findContent: (path, maxBytes) => findContent(path, maxBytes).catch(allow("ENOENT")),
  }
}

function toEntry(entry: Dirent): DirectoryEntry {
  const kind = entry.isDirectory() ? "directory" : entry.isFile() ? "file" : "other"
  return { name: entry.name, kind }
}

async function findContent(path: string, maxBytes: number): Promise<FileContent> {
  const found = await stat(path)
  const content = { sizeBytes: found.size, modifiedAt: Math.floor(found.mtimeMs) }
  return found.size > maxBytes ? content : { ...content, bytes: await readFile(path) }
}

function openOnDisk(fd: number): OpenFile {
  return {
    write: async (chunks) => {
      fp("file.write")
      const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      const written = await writeChunks(fd, chunks)
      // A disk that fills up takes a part; the next call then says why it took no more.
      if (written < sizeBytes) await writeRest(fd, Buffer.concat(chunks).subarray(written))
    },
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
      }),
    sync: () => {
      fp("file.sync")
      return datasyncFile(fd)
    },
    size: async () => (await statFile(fd)).size,
    truncate: (sizeBytes) => truncateFile(fd, sizeBytes),
    close: () => closeFile(fd),
  }
}

// In the thread pool: the caller hashes the same bytes meanwhile.
function writeChunks(fd: number, chunks: Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, chunks, (error, written) => (error === null ? resolve(written) : reject(error)))
  })
}

async function writeRest(fd: number, rest: Uint8Array): Promise<void> {
  for (let done = 0; done < rest.length;) done += await writeChunks(fd, [rest.subarray(done)])
}

async function syncDirectory(path: string): Promise<void> {
  fp("file.sync_directory")
  const fd = await openDirectory(path, constants.O_RDONLY)
  try {
    await syncFile(fd)
  } finally {
    await closeFile(fd)
  }
}

function allow(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && "code" in error && codes.includes(String(error.code))) return undefined
    throw error
  }
}
