import { digestAlgorithm, digestHex, digestOf, isDigest, type Digest } from "../../../domain/digest.ts"
import type { Page } from "../../../domain/page.ts"
import type { AsideObject, BlobKey, BlobPageRequest, StoredBlob, StoredUpload } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import {
  algorithmDirectory,
  blobDirectories,
  blobPath,
  parseGeneration,
  quarantineDirectory,
  uploadPath,
  uploadsDirectory,
} from "./layout.ts"

/** Directories of blobs that are looked into at once. */
const WIDTH = 16

/** In byte order, as the digests that begin with them are. */
const ALGORITHMS = ["sha256", "sha512"] as const

/** A directory of two digits: the blobs in it, in order. */
interface Shelf {
  path: string
  digests: Digest[]
}

/**
 * Gives what lists the blobs below the directory page for page. It holds the names of one directory of two digits and the
 * page in memory, and looks into no directory before the one that it goes on in. Who goes on after the very object that the
 * last page ended with has the thousands of names in that directory read once, and not for each page.
 */
export function createBlobListing(files: Files, root: string): (page: BlobPageRequest) => Promise<Page<StoredBlob>> {
  // By the object, not by what is in it: another iteration is to see what came since.
  const shelves = new WeakMap<BlobKey, Shelf>()

  return async ({ limit, after }) => {
    const items: StoredBlob[] = []
    const isAfter = ({ digest, generation }: StoredBlob) =>
      after === undefined || digest > after.digest || (digest === after.digest && generation > after.generation)

    for await (const shelf of walkShelves(files, root, { start: after?.digest, known: after && shelves.get(after) })) {
      for (let next = 0; next < shelf.digests.length;) {
        const some = shelf.digests.slice(next, next + Math.min(WIDTH, limit + 1 - items.length))
        next += some.length
        const found = await Promise.all(some.map((digest) => listGenerations(files, root, digest)))
        items.push(...found.flat().filter(isAfter))
        if (items.length <= limit) continue
        const given = items.slice(0, limit)
        const last = given.at(-1)
        if (last !== undefined) shelves.set(last, shelf)
        return { items: given, hasMore: true }
      }
    }
    return { items, hasMore: false }
  }
}

interface WalkFrom {
  start: Digest | undefined
  /** One that was read before. */
  known: Shelf | undefined
}

/** In order, from the digest on. */
async function* walkShelves(files: Files, root: string, { start, known }: WalkFrom): AsyncGenerator<Shelf> {
  const [startAlgorithm, startHex] = start === undefined ? ["", ""] : [digestAlgorithm(start), digestHex(start)]
  for (const algorithm of ALGORITHMS) {
    if (algorithm < startAlgorithm) continue
    const directory = algorithmDirectory(root, algorithm)
    const from = algorithm === startAlgorithm ? startHex : ""
    for (const prefix of await listDirectories(files, directory)) {
      if (!/^[0-9a-f]{2}$/.test(prefix) || prefix < from.slice(0, 2)) continue
      const path = `${directory}/${prefix}`
      const digests = known?.path === path ? known.digests : await listDigests(files, { path, algorithm, prefix })
      const first = digests.findIndex((digest) => digestHex(digest) >= from)
      if (first !== -1) yield { path, digests: digests.slice(first) }
    }
  }
}

async function listDigests(
  files: Files,
  { path, algorithm, prefix }: { path: string; algorithm: (typeof ALGORITHMS)[number]; prefix: string },
): Promise<Digest[]> {
  const hexes = await listDirectories(files, path)
  return hexes.flatMap((hex) => {
    const digest = digestOf(algorithm, hex)
    return isDigest(digest) && hex.startsWith(prefix) ? [digest] : []
  })
}

export async function listUploads(files: Files, root: string): Promise<StoredUpload[]> {
  const uploads: StoredUpload[] = []
  for (const { name, kind } of (await files.list(uploadsDirectory(root))) ?? []) {
    const found = kind === "file" ? await files.findContent(uploadPath(root, name), 0) : undefined
    if (found !== undefined) uploads.push({ id: name, sizeBytes: found.sizeBytes, modifiedAt: found.modifiedAt })
  }
  return uploads
}

export async function listQuarantined(files: Files, root: string): Promise<AsideObject[]> {
  const directory = quarantineDirectory(root)
  const objects: AsideObject[] = []
  for (const { name, kind } of (await files.list(directory)) ?? []) {
    const sizeBytes = kind === "file" ? await files.findSize(`${directory}/${name}`) : undefined
    if (sizeBytes !== undefined) objects.push({ name, sizeBytes })
  }
  return objects
}

/** In byte order; nothing where the directory is absent. */
async function listDirectories(files: Files, path: string): Promise<string[]> {
  const entries = (await files.list(path)) ?? []
  const names = entries.flatMap(({ name, kind }) => (kind === "directory" ? [name] : []))
  return names.toSorted((a, b) => (a < b ? -1 : 1))
}

async function listGenerations(files: Files, root: string, digest: Digest): Promise<StoredBlob[]> {
  const [, , directory] = blobDirectories(root, { digest, generation: 0 })
  const blobs: StoredBlob[] = []
  for (const { name, kind } of (await files.list(directory)) ?? []) {
    const generation = kind === "file" ? parseGeneration(name) : undefined
    if (generation === undefined) continue
    const found = await files.findContent(blobPath(root, { digest, generation }), 0)
    // One that has gone meanwhile is not there during the whole iteration.
    if (found === undefined) continue
    blobs.push({ digest, generation, sizeBytes: found.sizeBytes, modifiedAt: found.modifiedAt })
  }
  return blobs.toSorted((a, b) => a.generation - b.generation)
}
