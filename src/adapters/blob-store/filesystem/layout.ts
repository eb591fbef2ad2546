import { digestAlgorithm, digestHex, type DigestAlgorithm } from "../../../domain/digest.ts"
import type { BlobKey } from "../../../ports/blob-store.ts"

/**
 * ```
 * <root>/docker/registry/v2/blobs/<algorithm>/<first two hex>/<hex>/data       as distribution has it
 * <root>/docker/registry/v2/blobs/<algorithm>/<first two hex>/<hex>/data.<n>   generation n, from 1 on
 * <root>/berth/uploads/<id>                                                    the bytes of an open upload
 * <root>/berth/quarantine/<algorithm>-<hex>.<n>[.<m>]                          generation n, damaged; the m-th beside others
 * ```
 */
export function blobDirectories(root: string, key: BlobKey): [string, string, string] {
  const hex = digestHex(key.digest)
  const algorithm = algorithmDirectory(root, digestAlgorithm(key.digest))
  const prefix = `${algorithm}/${hex.slice(0, 2)}`
  return [algorithm, prefix, `${prefix}/${hex}`]
}

export function algorithmDirectory(root: string, algorithm: DigestAlgorithm): string {
  return `${root}/docker/registry/v2/blobs/${algorithm}`
}

/** The generation that a file of a blob's directory holds; `undefined` for a file of another kind. */
export function parseGeneration(fileName: string): number | undefined {
  if (fileName === "data") return 0
  return /^data\.[1-9][0-9]{0,14}$/.test(fileName) ? Number(fileName.slice("data.".length)) : undefined
}

export function blobPath(root: string, key: BlobKey): string {
  const [, , directory] = blobDirectories(root, key)
  return key.generation === 0 ? `${directory}/data` : `${directory}/data.${key.generation}`
}

export function uploadsDirectory(root: string): string {
  return `${root}/berth/uploads`
}

/** `uploadId` is one that the service made: it holds no slash. */
export function uploadPath(root: string, uploadId: string): string {
  return `${uploadsDirectory(root)}/${uploadId}`
}

export function quarantineDirectory(root: string): string {
  return `${root}/berth/quarantine`
}

/** The `copy`-th object of that key that was moved aside, from 0 on. */
export function quarantineName({ digest, generation }: BlobKey, copy: number): string {
  const name = `${digest.replace(":", "-")}.${generation}`
  return copy === 0 ? name : `${name}.${copy}`
}

/** Those that every store has, parents first. */
export function baseDirectories(root: string): string[] {
  const blobs = ["/docker", "/docker/registry", "/docker/registry/v2", "/docker/registry/v2/blobs"]
  return [...blobs, "/berth", "/berth/uploads"].map((path) => root + path)
}
