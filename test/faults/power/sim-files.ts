import { basename, dirname } from "node:path"
import type { DirectoryEntry, Files, OpenFile } from "../../../src/ports/files.ts"
import {
  appendBytes,
  contentOf,
  createDirectoryNode,
  createFileNode,
  cutOff,
  makeDurable,
  setEntry,
  type DirectoryNode,
  type DiskNode,
  type FileNode,
  type SimDisk,
} from "./disk.ts"

/** Lets a change of the disk happen when its turn has come. */
export type TakeStep = <Result>(effect: () => Result | Promise<Result>) => Promise<Result>

/** The file calls of a program on the disk. Each change is one step; what reads sees it at once. */
export function createSimFiles(disk: SimDisk, step: TakeStep): Files {
  const view = createView(() => ({
    root: disk.root,
    entriesOf: ({ entries }) => entries,
    contentOf,
  }))

  function unlink(path: string): void {
    const directory = view.find(dirname(path))
    if (directory?.kind !== "directory" || !directory.entries.has(basename(path))) return
    setEntry(disk, directory, { name: basename(path), node: undefined })
  }

  function openForAppending(path: string): FileNode {
    const directory = view.getDirectory(dirname(path))
    const found = directory.entries.get(basename(path))
    if (found?.kind === "directory") throw failure("EISDIR", path)
    if (found !== undefined) return found
    const node = createFileNode(disk)
    setEntry(disk, directory, { name: basename(path), node })
    return node
  }

  function openFile(node: FileNode): OpenFile {
    return {
      // A copy: the caller may use its memory again.
      write: (chunks) => {
        const bytes = new Uint8Array(Buffer.concat(chunks))
        return step(() => appendBytes(disk, node, bytes))
      },
      sync: () => step(() => makeDurable(disk, node)),
      read: (into, position) => Promise.resolve(readInto(contentOf(node), into, position)),
      size: () => Promise.resolve(contentOf(node).length),
      truncate: (sizeBytes) => step(() => cutOff(disk, node, sizeBytes)),
      close: () => Promise.resolve(),
    }
  }

  return {
    ...view.files,
    open: (path, mode) =>
      mode === "read" ? view.files.open(path, mode) : step(() => openFile(openForAppending(path))),
    rename: (from, to) =>
      step(() => {
        const [source, target] = [view.getDirectory(dirname(from)), view.getDirectory(dirname(to))]
        const node = source.entries.get(basename(from))
        if (node === undefined) throw failure("ENOENT", from)
        setEntry(disk, target, { name: basename(to), node })
        setEntry(disk, source, { name: basename(from), node: undefined })
      }),
    unlink: (path) => step(() => unlink(path)),
    removeTree: (path) => step(() => unlink(path)),
    removeDirectory: (path) =>
      step(() => {
        const directory = view.find(path)
        if (directory?.kind === "directory" && directory.entries.size === 0) unlink(path)
      }),
    mkdir: (path) =>
      step(() => {
        const directory = view.getDirectory(dirname(path))
        if (directory.entries.has(basename(path))) return false
        setEntry(disk, directory, { name: basename(path), node: createDirectoryNode(disk) })
        return true
      }),
    syncDirectory: (path) => step(() => makeDurable(disk, view.getDirectory(path))),
  }
}

/** What is to be seen of a disk, now or after a power cut. */
export interface Sight {
  root: DirectoryNode
  entriesOf(directory: DirectoryNode): ReadonlyMap<string, DiskNode>
  contentOf(file: FileNode): Uint8Array
}

interface View {
  find(path: string): DiskNode | undefined
  /** Throws as the system does. */
  getDirectory(path: string): DirectoryNode
  files: Pick<Files, "findSize" | "list" | "findContent" | "open">
}

/** The file calls that only read. */
export function createView(sight: () => Sight): View {
  function find(path: string): DiskNode | undefined {
    const seen = sight()
    let node: DiskNode | undefined = seen.root
    for (const name of path.split("/")) {
      if (name === "") continue
      if (node?.kind !== "directory") return undefined
      node = seen.entriesOf(node).get(name)
    }
    return node
  }

  function getDirectory(path: string): DirectoryNode {
    const node = find(path)
    if (node?.kind !== "directory") throw failure(node === undefined ? "ENOENT" : "ENOTDIR", path)
    return node
  }

  function findBytes(path: string): Uint8Array | undefined {
    const node = find(path)
    return node?.kind === "file" ? sight().contentOf(node) : undefined
  }

  return {
    find,
    getDirectory,
    files: {
      findSize: async (path) => findBytes(path)?.length,
      list: async (path) => {
        const node = find(path)
        if (node?.kind !== "directory") return undefined
        return [...sight().entriesOf(node)].map(([name, { kind }]): DirectoryEntry => ({ name, kind }))
      },
      findContent: async (path, maxBytes) => {
        const bytes = findBytes(path)
        if (bytes === undefined) return undefined
        const content = { sizeBytes: bytes.length, modifiedAt: 0 }
        return bytes.length > maxBytes ? content : { ...content, bytes }
      },
      open: async (path) => {
        const bytes = findBytes(path)
        if (bytes === undefined) throw failure("ENOENT", path)
        const refuse = () => Promise.reject(failure("EBADF", path))
        return {
          write: refuse,
          sync: refuse,
          truncate: refuse,
          read: async (into, position) => readInto(bytes, into, position),
          size: async () => bytes.length,
          close: async () => undefined,
        }
      },
    },
  }
}

function readInto(bytes: Uint8Array, into: Uint8Array, position: number): number {
  const piece = bytes.subarray(position, position + into.length)
  into.set(piece)
  return piece.length
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
