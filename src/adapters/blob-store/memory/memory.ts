import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf, type DigestAlgorithm } from "../../../domain/digest.ts"
import type { BlobKey, BlobStore, StoredBlob } from "../../../ports/blob-store.ts"

/** Blobs in memory, gone with the process: `storage: inmemory`, and tests. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, MemoryBlob>()
  const aside = new Map<string, MemoryBlob>()
  const uploads = new Map<string, Uint8Array<ArrayBuffer>[]>()

  const hash = (uploadId: string, algorithm: DigestAlgorithm) => {
    const hasher = createHash(algorithm)
    for (const chunk of uploads.get(uploadId) ?? []) hasher.update(chunk)
    return digestOf(algorithm, hasher.digest("hex"))
  }
  const size = (uploadId: string) => (uploads.get(uploadId) ?? []).reduce((sum, chunk) => sum + chunk.length, 0)

  return {
    open: async (key, range) => {
      const bytes = blobs.get(name(key))?.bytes
      if (bytes === undefined) return undefined
      const { start, length } = range ?? { start: 0, length: bytes.length }
      const body = new Blob([bytes.subarray(start, start + length)]).stream()
      return { kind: "stream", body, range: { start, length }, totalBytes: bytes.length }
    },
    findSize: async (key) => blobs.get(name(key))?.bytes.length,
    read: async (key, maxBytes) => {
      const bytes = blobs.get(name(key))?.bytes
      return bytes === undefined || bytes.length > maxBytes ? undefined : bytes
    },
    verify: async (key, pace) => {
      const bytes = blobs.get(name(key))?.bytes
      const algorithm = digestAlgorithm(key.digest)
      if (bytes !== undefined) await pace?.(bytes.length)
      return bytes && digestOf(algorithm, createHash(algorithm).update(bytes).digest("hex")) === key.digest
    },
    findUpload: async (uploadId) => ({ sizeBytes: size(uploadId) }),
    append: async (uploadId, body, { algorithm }) => {
      const chunks = uploads.get(uploadId) ?? []
      uploads.set(uploadId, chunks)
      for await (const chunk of body) chunks.push(Uint8Array.from(chunk))
      return { sizeBytes: size(uploadId), digest: hash(uploadId, algorithm) }
    },
    listUploads: async () => [...uploads.keys()].map((id) => ({ id, sizeBytes: size(id), modifiedAt: Date.now() })),
    hashUpload: async (uploadId, algorithm) => hash(uploadId, algorithm),
    complete: async (uploadId, key) => {
      const bytes = Buffer.concat(uploads.get(uploadId) ?? [])
      blobs.set(name(key), { ...key, bytes: Uint8Array.from(bytes), modifiedAt: Date.now() })
      uploads.delete(uploadId)
      return { sizeBytes: bytes.length }
    },
    abort: async (uploadId) => {
      uploads.delete(uploadId)
    },
    copy: async (key, generation) => {
      const bytes = blobs.get(name(key))
      if (bytes !== undefined) blobs.set(name({ ...key, generation }), bytes)
      return bytes !== undefined
    },
    remove: async (key) => {
      blobs.delete(name(key))
    },
    list: async ({ limit, after }) => {
      const found = [...blobs.values()].filter((blob) => after === undefined || compare(blob, after) > 0)
      const items = found.toSorted(compare).slice(0, limit)
      return { items: items.map(describe), hasMore: found.length > items.length }
    },
    quarantine: async (key) => {
      const blob = blobs.get(name(key))
      if (blob === undefined) return undefined
      const place = `${name(key)}.${aside.size}`
      aside.set(place, blob)
      blobs.delete(name(key))
      return place
    },
    listQuarantined: async () => [...aside].map(([place, { bytes }]) => ({ name: place, sizeBytes: bytes.length })),
    close: async () => undefined,
  }
}

interface MemoryBlob extends BlobKey {
  bytes: Uint8Array<ArrayBuffer>
  modifiedAt: number
}

function describe({ digest, generation, bytes, modifiedAt }: MemoryBlob): StoredBlob {
  return { digest, generation, sizeBytes: bytes.length, modifiedAt }
}

function compare(a: BlobKey, b: BlobKey): number {
  if (a.digest !== b.digest) return a.digest < b.digest ? -1 : 1
  return a.generation - b.generation
}

function name({ digest, generation }: BlobKey): string {
  return `${digest}.${generation}`
}
