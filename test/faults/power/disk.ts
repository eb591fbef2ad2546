/**
 * A disk with a cache in front of it, in memory: what programs see, and apart from it what a sync or the system's own
 * writing back has made durable. Bytes are only ever appended, as our file calls do it.
 */
export interface SimDisk {
  root: DirectoryNode
  /** Those with something that is not durable yet. */
  dirty: Set<DiskNode>
  /** Numbers its nodes in the order in which they were made. */
  nextId: number
}

export type DiskNode = FileNode | DirectoryNode

export interface FileNode {
  kind: "file"
  id: number
  /** Durable, never changed in place: whoever compared them once need not do it again. */
  synced: Uint8Array
  /** In order. */
  pending: FileChange[]
}

/** Bytes that are appended, or the end of the file as it is cut off. */
export type FileChange = { start: number; bytes: Uint8Array } | { cutTo: number }

export interface DirectoryNode {
  kind: "directory"
  id: number
  entries: Map<string, DiskNode>
  synced: Map<string, DiskNode>
  /** In order. A rename is two of them, in two directories: POSIX does not say that they become durable together. */
  pending: EntryChange[]
}

export interface EntryChange {
  name: string
  /** `undefined`: the entry goes. */
  node: DiskNode | undefined
}

const NO_BYTES = new Uint8Array(0)

export function createDisk(): SimDisk {
  const root: DirectoryNode = { kind: "directory", id: 0, entries: new Map(), synced: new Map(), pending: [] }
  return { root, dirty: new Set(), nextId: 1 }
}

export function createFileNode(disk: SimDisk): FileNode {
  return { kind: "file", id: disk.nextId++, synced: NO_BYTES, pending: [] }
}

export function createDirectoryNode(disk: SimDisk): DirectoryNode {
  return { kind: "directory", id: disk.nextId++, entries: new Map(), synced: new Map(), pending: [] }
}

export function setEntry(disk: SimDisk, directory: DirectoryNode, change: EntryChange): void {
  applyEntry(directory.entries, change)
  directory.pending.push(change)
  disk.dirty.add(directory)
}

export function appendBytes(disk: SimDisk, file: FileNode, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  file.pending.push({ start: contentOf(file).length, bytes })
  disk.dirty.add(file)
}

export function cutOff(disk: SimDisk, file: FileNode, sizeBytes: number): void {
  file.pending.push({ cutTo: sizeBytes })
  disk.dirty.add(file)
}

/** All that waits in the node becomes durable, or the `count` that wait for longest. */
export function makeDurable(disk: SimDisk, node: DiskNode, count = node.pending.length): void {
  if (node.kind === "file") node.synced = applyChanges(node.synced, node.pending.splice(0, count))
  else for (const change of node.pending.splice(0, count)) applyEntry(node.synced, change)
  if (node.pending.length === 0) disk.dirty.delete(node)
}

export function applyEntry(entries: Map<string, DiskNode>, { name, node }: EntryChange): void {
  if (node === undefined) entries.delete(name)
  else entries.set(name, node)
}

export function contentOf({ synced, pending }: FileNode): Uint8Array {
  return applyChanges(synced, pending)
}

function applyChanges(before: Uint8Array, changes: readonly FileChange[]): Uint8Array {
  let content = before
  for (const change of changes) {
    content =
      "cutTo" in change
        ? content.subarray(0, change.cutTo)
        : new Uint8Array(Buffer.concat([content.subarray(0, change.start), change.bytes]))
  }
  return content
}
