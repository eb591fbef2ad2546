import { digestAlgorithm, digestHex } from "../../../domain/digest.ts"
import type { BlobKey } from "../../../ports/blob-store.ts"

/**
 * ```
 * <root>/docker/registry/v2/blobs/<algorithm>/<first two hex>/<hex>/data       as distribution has it
 * <root>/docker/registry/v2/blobs/<algorithm>/<first two hex>/<hex>/data.<n>   generation n, from 1 on
 * <root>/berth/uploads/<id>                                                    the bytes of an open upload
 * ```
 */
export function blobDirectories(root: string, key: BlobKey): [string, string, string] {
  const hex = digestHex(key.digest)
  const algorithm = `${root}/docker/registry/v2/blobs/${digestAlgorithm(key.digest)}`
  const prefix = `${algorithm}/${hex.slice(0, 2)}`
  return [algorithm, prefix, `${prefix}/${hex}`]
}

export function blobPath(root: string, key: BlobKey): string {
  const [, , directory] = blobDirectories(root, key)
  return key.generation === 0 ? `${directory}/data` : `${directory}/data.${key.generation}`
}

function uploadsDirectory(root: string): string {
  return `${root}/berth/uploads`
}

/** `uploadId` is one that the service made: it holds no slash. */
export function uploadPath(root: string, uploadId: string): string {
  return `${uploadsDirectory(root)}/${uploadId}`
}

/** Those that every store has, parents first. */
export function baseDirectories(root: string): string[] {
  const blobs = ["/docker", "/docker/registry", "/docker/registry/v2", "/docker/registry/v2/blobs"]
  return [...blobs, "/berth", "/berth/uploads"].map((path) => root + path)
}
