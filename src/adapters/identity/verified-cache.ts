import type { Clock } from "../../ports/clock.ts"

/** Remembers which Authorization headers were found right, and what they stand for, without keeping them. */
export interface VerifiedCache<T> {
  /** A name for the header that tells nothing about it outside this process. */
  keyOf(header: string): string
  find(key: string): T | undefined
  /** `expiresAt` in milliseconds since 1970. */
  put(key: string, value: T, expiresAt: number): void
}

interface VerifiedCacheOptions {
  clock: Clock
  entries?: number
}

export function createVerifiedCache<T>({
  clock,
  entries: entriesAtMost = 10_000,
}: VerifiedCacheOptions): VerifiedCache<T> {
  const hmac = new Bun.CryptoHasher("sha256", crypto.getRandomValues(new Uint8Array(32)))
  const entries = new Map<string, { value: T; expiresAt: number }>()

  function find(key: string): T | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    // A Map lists its keys in the order of insertion: the first is the one used longest ago.
    entries.delete(key)
    if (entry.expiresAt <= clock.now()) return undefined
    entries.set(key, entry)
    return entry.value
  }

  function put(key: string, value: T, expiresAt: number): void {
    entries.delete(key)
    entries.set(key, { value, expiresAt })
    if (entries.size > entriesAtMost) entries.delete(entries.keys().next().value ?? "")
  }

  // A copy of a keyed hasher costs half of making one.
  return { keyOf: (header) => hmac.copy().update(header).digest("base64"), find, put }
}
