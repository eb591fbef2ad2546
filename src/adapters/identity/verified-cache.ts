import type { Clock } from "../../ports/clock.ts"

/** Remembers for a short time which Authorization headers were found right, without keeping them. */
export interface VerifiedCache {
  /** A name for the header that tells nothing about it outside this process. */
  keyOf(header: string): string
  find(key: string): VerifiedEntry | undefined
  put(key: string, user: string, hash: string): void
}

export interface VerifiedEntry {
  user: string
  /** The user's hash at that time: the entry counts for nothing once the file holds another. */
  hash: string
}

interface VerifiedCacheOptions {
  clock: Clock
  entries?: number
  ttlSeconds?: number
}

export function createVerifiedCache(options: VerifiedCacheOptions): VerifiedCache {
  const { clock, entries: entriesAtMost = 10_000, ttlSeconds = 60 } = options
  const hmac = new Bun.CryptoHasher("sha256", crypto.getRandomValues(new Uint8Array(32)))
  const entries = new Map<string, VerifiedEntry & { expiresAt: number }>()

  function find(key: string): VerifiedEntry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    // A Map lists its keys in the order of insertion: the first is the one used longest ago.
    entries.delete(key)
    if (entry.expiresAt <= clock.now()) return undefined
    entries.set(key, entry)
    return entry
  }

  function put(key: string, user: string, hash: string): void {
    entries.delete(key)
    entries.set(key, { user, hash, expiresAt: clock.now() + ttlSeconds * 1000 })
    if (entries.size > entriesAtMost) entries.delete(entries.keys().next().value ?? "")
  }

  // A copy of a keyed hasher costs half of making one.
  return { keyOf: (header) => hmac.copy().update(header).digest("base64"), find, put }
}
