import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { digestOf, type Digest, type DigestAlgorithm } from "../domain/digest.ts"
import type { BlobKey, BlobStore, StoredBlob } from "./blob-store.ts"

interface Subject {
  store: BlobStore
  dispose(): Promise<void>
}

// Pairs of which one begins as the other does: where listings go wrong, they do so at such names.
const PREFIXES = ["", "00", "0000", "0f", "f", "ff", "ab", "abab"]
const digits: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 }
const keys = fc
  .record({
    algorithm: fc.constantFrom<DigestAlgorithm>("sha256", "sha512"),
    prefix: fc.constantFrom(...PREFIXES),
    fill: fc.constantFrom("0", "1", "f"),
    generation: fc.constantFrom(0, 1, 2, 10, 11, 20),
  })
  .map(({ algorithm, prefix, fill, generation }): BlobKey => {
    return { digest: digestOf(algorithm, prefix.padEnd(digits[algorithm], fill)), generation }
  })

/** What every blob store tells of all that it holds. */
export function describeBlobListing(name: string, create: () => Promise<Subject>): void {
  describe(`listing of a blob store: ${name}`, () => {
    let subject: Subject
    let store: BlobStore
    const stored = new Map<string, StoredBlob>()
    const nameOf = ({ digest, generation }: BlobKey) => `${digest}.${String(generation).padStart(5, "0")}`

    beforeAll(async () => {
      subject = await create()
      store = subject.store
    })
    afterAll(() => subject.dispose())

    async function put(key: BlobKey, bytes: Uint8Array): Promise<void> {
      await store.append("upload", one(bytes), { algorithm: "sha256" })
      await store.complete("upload", key)
      stored.set(nameOf(key), { ...key, sizeBytes: bytes.length, modifiedAt: 0 })
    }

    async function listAll(limit: number): Promise<StoredBlob[]> {
      const all: StoredBlob[] = []
      for (let after: BlobKey | undefined; ;) {
        const { items, hasMore } = await store.list({ limit, ...(after && { after }) })
        expect(items.length).toBeLessThanOrEqual(limit)
        all.push(...items)
        if (!hasMore) return all
        expect(items).toHaveLength(limit)
        after = items.at(-1)
      }
    }

    const inOrder = () => [...stored].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, blob]) => blob)

    test("a store that holds nothing lists nothing", async () => {
      expect(await store.list({ limit: 10 })).toEqual({ items: [], hasMore: false })
    })

    test("all objects come once and in order, whatever the size of the pages and however alike their names", async () => {
      const step = fc.record({ add: fc.uniqueArray(keys, { maxLength: 8 }), remove: fc.nat(3), limit: fc.nat(8) })
      await fc.assert(
        fc.asyncProperty(step, async ({ add, remove, limit }) => {
          for (const key of add) await put(key, new Uint8Array(key.generation))
          for (const [gone, key] of [...stored].slice(0, remove)) {
            await store.remove(key)
            stored.delete(gone)
          }
          const listed = await listAll(limit + 1)
          expect(listed.map(timeless)).toEqual(inOrder().map(timeless))
        }),
        { numRuns: 25 },
      )
    })

    test("the time of an object is that of its bytes", async () => {
      const before = Date.now()
      const key = { digest: digestOf("sha256", "7".repeat(64)), generation: 3 }
      await put(key, new Uint8Array(5))
      const { items } = await store.list({ limit: 1, after: { ...key, generation: 2 } })
      expect(items).toMatchObject([{ ...key, sizeBytes: 5 }])
      // A file system may keep whole seconds.
      expect(items[0]?.modifiedAt).toBeGreaterThanOrEqual(before - 2000)
      expect(items[0]?.modifiedAt).toBeLessThanOrEqual(Date.now() + 2000)
    })

    test("an object that is moved aside is absent, and one that is pushed again is another", async () => {
      const bytes = new Uint8Array([1, 2, 3])
      const key = { digest: sha256(bytes), generation: 0 }
      const names = new Set<string | undefined>()
      for (let round = 0; round < 3; round++) {
        await put(key, bytes)
        names.add(await store.quarantine(key))
        expect(await store.findSize(key)).toBeUndefined()
        expect(await store.open(key)).toBeUndefined()
        expect(await store.quarantine(key)).toBeUndefined()
      }
      stored.delete(nameOf(key))
      expect(names.has(undefined)).toBe(false)
      const aside = await store.listQuarantined()
      for (const name of names) expect(aside).toContainEqual({ name: name ?? "", sizeBytes: bytes.length })
      expect(names.size).toBe(3)
      expect((await listAll(100)).map(nameOf)).toEqual(inOrder().map(nameOf))
    })
  })
}

function timeless({ digest, generation, sizeBytes }: StoredBlob): Omit<StoredBlob, "modifiedAt"> {
  return { digest, generation, sizeBytes }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.slice()
}

function sha256(bytes: Uint8Array): Digest {
  return digestOf("sha256", createHash("sha256").update(bytes).digest("hex"))
}
