import type { Digest } from "../domain/digest.ts"

/** Bytes by digest: content that never changes, so that nothing in here is ever out of date. */
export interface ManifestCache {
  find(digest: Digest): Uint8Array | undefined
  put(digest: Digest, bytes: Uint8Array): void
  drop(digest: Digest): void
  countUse(): CacheUse
}

/** Since the start. */
export interface CacheUse {
  requests: number
  hits: number
  /** At this moment, about. */
  sizeBytes: number
}

/** About what an entry takes besides its bytes, which of most manifests is not much less. */
export const ENTRY_BYTES = 768

/** Takes at most `maxBytes` of memory, the least recently used going first. */
export function createManifestCache(maxBytes = 16 * 2 ** 20): ManifestCache {
  const entries = new Map<Digest, Uint8Array>()
  let sizeBytes = 0
  let newest: Digest | undefined
  let requests = 0
  let hits = 0

  return {
    countUse: () => ({ requests, hits, sizeBytes }),
    find: (digest) => {
      const bytes = entries.get(digest)
      requests++
      if (bytes !== undefined) hits++
      // A Map keeps the order of insertion: moving an entry to its end makes the first one the oldest. The same manifest
      // is often asked for many times in a row, and then is there already.
      if (bytes !== undefined && newest !== digest) {
        entries.delete(digest)
        entries.set(digest, bytes)
        newest = digest
      }
      return bytes
    },
    drop: (digest) => {
      const dropped = entries.get(digest)
      if (dropped !== undefined) sizeBytes -= costOf(dropped)
      entries.delete(digest)
      if (newest === digest) newest = undefined
    },
    put: (digest, bytes) => {
      if (entries.has(digest) || costOf(bytes) > maxBytes / 4) return
      entries.set(digest, bytes)
      newest = digest
      sizeBytes += costOf(bytes)
      for (const [oldest, dropped] of entries) {
        if (sizeBytes <= maxBytes) return
        entries.delete(oldest)
        sizeBytes -= costOf(dropped)
      }
    },
  }
}

function costOf(bytes: Uint8Array): number {
  return bytes.length + ENTRY_BYTES
}
