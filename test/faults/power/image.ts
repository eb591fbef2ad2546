import type { Files } from "../../../src/ports/files.ts"
import type { Random } from "../random.ts"
import { applyEntry, createDisk, type DirectoryNode, type DiskNode, type FileNode, type SimDisk } from "./disk.ts"
import { createView, type Sight } from "./sim-files.ts"

/** What a disk may hold after its power was cut: all that was durable, and of the rest whatever chance left. */
export interface Image extends Sight {
  /** The same for the same content. Names of uploads do not count: they are drawn anew in each run. */
  hash: number
}

/** One write, or one change of a directory, of which nobody knows whether it became durable. */
interface Pending {
  node: DiskNode
  /** In how many ways it may be found: the first is not at all, the second as it was meant. */
  outcomes: number
  /** Of a write. */
  tears: readonly Tear[]
}

/** How a write is found that is neither lost nor whole, in bytes of the file. `fill` is what stands where nothing arrived. */
interface Tear {
  from: number
  to: number
  /** Whether the file is as long as after the whole write. */
  isLong: boolean
  fill: number
}

const SECTOR = 512
const PAGE = 4096
/** What was on the disk before, where a file system gives space to a file before it has written to it. */
const STALE = 0xa5

export interface Images {
  /** Whether these are all that there can be. */
  isAll: boolean
  images: Iterable<Image>
}

/** How many images of one moment are looked at. */
export interface ImageLimits {
  /** All, where there are no more than so many. */
  all: number
  /** Else so many. */
  drawn: number
}

/**
 * The images that a power cut at this moment may leave: all of them, or those that were drawn, with one thing lost or one
 * thing alone kept among them. To be looked at before the disk is changed.
 */
export function listImages(disk: SimDisk, random: Random, limits: ImageLimits): Images {
  const pending = listPending(disk, random)
  const combinations = pending.reduce((product, { outcomes }) => product * outcomes, 1)
  const isAll = combinations <= limits.all
  const choices = isAll ? allChoices(pending, combinations) : drawnChoices(pending, random, limits.drawn)
  return { isAll, images: toImages(disk, pending, choices) }
}

/** The one in which nothing is that was not durable. */
export function listDurable(disk: SimDisk): Image {
  return createImage(disk, [], [])
}

function* toImages(disk: SimDisk, pending: Pending[], choices: Iterable<number[]>): Iterable<Image> {
  for (const chosen of choices) yield createImage(disk, pending, chosen)
}

function listPending(disk: SimDisk, random: Random): Pending[] {
  return [...disk.dirty].flatMap((node) => {
    if (node.kind === "directory") return node.pending.map((): Pending => ({ node, outcomes: 2, tears: [] }))
    return node.pending.map((change): Pending => {
      const tears = "cutTo" in change ? [] : listTears(change.start, change.start + change.bytes.length, random)
      return { node, outcomes: 2 + tears.length, tears }
    })
  })
}

function listTears(start: number, end: number, random: Random): Tear[] {
  const tears: Tear[] = [
    { from: start, to: start, isLong: true, fill: 0 },
    { from: start, to: start, isLong: true, fill: STALE },
  ]
  for (const unit of [SECTOR, PAGE]) {
    const first = Math.floor(start / unit) + 1
    const last = Math.ceil(end / unit) - 1
    if (first > last) continue
    const at = random.between(first, last) * unit
    tears.push({ from: start, to: at, isLong: false, fill: 0 }, { from: start, to: at, isLong: true, fill: 0 })
    tears.push({ from: at, to: end, isLong: true, fill: 0 })
  }
  return tears
}

function* allChoices(pending: Pending[], combinations: number): Iterable<number[]> {
  for (let n = 0; n < combinations; n++) {
    let rest = n
    yield pending.map(({ outcomes }) => {
      const chosen = rest % outcomes
      rest = Math.floor(rest / outcomes)
      return chosen
    })
  }
}

function* drawnChoices(pending: Pending[], random: Random, most: number): Iterable<number[]> {
  const lost = pending.map(() => 0)
  const kept = pending.map(() => 1)
  yield lost
  yield kept
  const singles = pending.flatMap((_, at) => [lost.with(at, 1), kept.with(at, 0)])
  yield* singles.slice(0, most / 2)
  for (let n = 2 + singles.length; n < most; n++) yield pending.map(({ outcomes }) => random.below(outcomes))
}

function createImage(disk: SimDisk, pending: readonly Pending[], chosen: readonly number[]): Image {
  const directories = new Map<DirectoryNode, Map<string, DiskNode>>()
  const files = new Map<FileNode, Uint8Array>()
  for (const node of disk.dirty) {
    const outcomes = pending.flatMap((one, at) => (one.node === node ? [{ ...one, chosen: chosen[at] ?? 0 }] : []))
    if (node.kind === "file") files.set(node, findContent(node, outcomes))
    else directories.set(node, findEntries(node, outcomes))
  }
  const sight: Sight = {
    root: disk.root,
    entriesOf: (directory) => directories.get(directory) ?? directory.synced,
    contentOf: (file) => files.get(file) ?? file.synced,
  }
  return { ...sight, hash: hashOf(sight) }
}

type Outcome = Pending & { chosen: number }

function findEntries({ synced, pending }: DirectoryNode, outcomes: readonly Outcome[]): Map<string, DiskNode> {
  const entries = new Map(synced)
  for (const [at, change] of pending.entries()) if (outcomes[at]?.chosen === 1) applyEntry(entries, change)
  return entries
}

function findContent({ synced, pending }: FileNode, outcomes: readonly Outcome[]): Uint8Array {
  const ends = pending.map((change) => ("cutTo" in change ? change.cutTo : change.start + change.bytes.length))
  const whole = new Uint8Array(Math.max(synced.length, ...ends))
  whole.set(synced)
  let size = synced.length
  for (const [at, change] of pending.entries()) {
    const { chosen = 0, tears = [] } = outcomes[at] ?? {}
    if (chosen === 0) continue
    if ("cutTo" in change) {
      whole.fill(0, change.cutTo)
      size = Math.min(size, change.cutTo)
      continue
    }
    const { start, bytes } = change
    const tear = tears[chosen - 2] ?? { from: start, to: start + bytes.length, isLong: true, fill: 0 }
    whole.fill(tear.fill, start, tear.isLong ? start + bytes.length : start)
    whole.set(bytes.subarray(tear.from - start, tear.to - start), tear.from)
    size = Math.max(size, tear.isLong ? start + bytes.length : tear.to)
  }
  return whole.subarray(0, size)
}

// Content that did not change since is not hashed again.
const hashes = new WeakMap<Uint8Array, string>()

function hashBytes(bytes: Uint8Array): string {
  const known = hashes.get(bytes)
  if (known !== undefined) return known
  const hash = Bun.hash(bytes).toString(36)
  hashes.set(bytes, hash)
  return hash
}

function hashOf(sight: Sight): number {
  return Number(BigInt.asUintN(52, Bun.hash(describe(sight, sight.root, ""))))
}

/** Of everything that can be reached, in an order that is always the same. */
function describe(sight: Sight, directory: DirectoryNode, name: string): string {
  const isUploads = name === "uploads"
  const entries = [...sight.entriesOf(directory)].map(([entry, node]) => {
    const content = node.kind === "file" ? hashBytes(sight.contentOf(node)) : `(${describe(sight, node, entry)})`
    return `${isUploads ? node.id : entry}=${content}`
  })
  return entries.sort().join()
}

/** The disk as a machine finds it when it starts again: the image, all of it durable. */
export function restoreDisk(image: Image): SimDisk {
  const disk = createDisk()
  const copy = (node: DiskNode): DiskNode => {
    const id = disk.nextId++
    if (node.kind === "file") return { kind: "file", id, synced: image.contentOf(node), pending: [] }
    const entries = new Map([...image.entriesOf(node)].map(([name, child]) => [name, copy(child)] as const))
    return { kind: "directory", id, entries, synced: new Map(entries), pending: [] }
  }
  const root = copy(image.root)
  return root.kind === "directory" ? { ...disk, root } : disk
}

/** Reads the image that `current` gives, whichever that is; nothing can be changed. */
export function createImageFiles(current: () => Image): Files {
  const refuse = () => Promise.reject(new Error("an image can only be read"))
  const { files } = createView(current)
  return {
    ...files,
    // The end of an upload that is cut off is not looked at any more.
    open: async (path, mode) => ({ ...(await files.open(path, mode)), truncate: () => Promise.resolve() }),
    // What a program makes sure of at its start is there, or will be made then.
    mkdir: () => Promise.resolve(false),
    syncDirectory: () => Promise.resolve(),
    rename: refuse,
    unlink: refuse,
    removeTree: refuse,
    removeDirectory: refuse,
  }
}
