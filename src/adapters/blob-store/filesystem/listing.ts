import { digestAlgorithm, digestHex, digestOf, isDigest, type Digest } from "../../../domain/digest.ts"
import type { Page } from "../../../domain/page.ts"
import type { AsideObject, BlobPageRequest, StoredBlob, StoredUpload } from "../../../ports/blob-store.ts"
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

/**
 * One page of all blobs below the directory. It holds the names of one directory of two digits and the page in memory, and
 * looks into no directory before the one that it goes on in.
 */
export async function listBlobs(
  files: Files,
  root: string,
  { limit, after }: BlobPageRequest,
): Promise<Page<StoredBlob>> {
  const items: StoredBlob[] = []
  const isAfter = ({ digest, generation }: StoredBlob) =>
    after === undefined || digest > after.digest || (digest === after.digest && generation > after.generation)

  for await (const digests of walkDigests(files, root, after?.digest)) {
    const found = await Promise.all(digests.map((digest) => listGenerations(files, root, digest)))
    items.push(...found.flat().filter(isAfter))
    if (items.length > limit) return { items: items.slice(0, limit), hasMore: true }
  }
  return { items, hasMore: false }
}

/** A few digests at a time, in order, from `start` on. */
async function* walkDigests(files: Files, root: string, start: Digest | undefined): AsyncGenerator<Digest[]> {
  const [startAlgorithm, startHex] = start === undefined ? ["", ""] : [digestAlgorithm(start), digestHex(start)]
  for (const algorithm of ALGORITHMS) {
    if (algorithm < startAlgorithm) continue
    const directory = algorithmDirectory(root, algorithm)
    const from = algorithm === startAlgorithm ? startHex : ""
    for (const prefix of await listDirectories(files, directory)) {
      if (!/^[0-9a-f]{2}$/.test(prefix) || prefix < from.slice(0, 2)) continue
      const hexes = await listDirectories(files, `${directory}/${prefix}`)
      const digests = hexes.flatMap((hex) => {
        const digest = digestOf(algorithm, hex)
        return isDigest(digest) && hex.startsWith(prefix) && hex >= from ? [digest] : []
      })
      for (let next = 0; next < digests.length; next += WIDTH) yield digests.slice(next, next + WIDTH)
    }
  }
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
