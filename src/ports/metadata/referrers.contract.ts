import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  readPages,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { ManifestPut } from "./manifests.ts"
import type { Metadata } from "./metadata.ts"
import type { ReferrerQuery, ReferrerRecord } from "./referrers.ts"

export function describeReferrerRecords(open: OpenMetadata): void {
  describe("referrers", () => {
    let metadata: Metadata

    beforeAll(async () => {
      metadata = await open(createManualClock())
    })
    afterAll(() => metadata.close())

    async function putAll(manifests: ManifestPut[]): Promise<string[]> {
      for (const manifest of manifests) await metadata.manifests.put(manifest)
      return manifests.map(({ digest }) => digest).sort()
    }

    test("list() gives what the manifest says of itself", async () => {
      const subject = newDigest()
      const about = { artifactType: "application/sbom", annotations: { "org.example": "ü" } }
      const manifest = newManifest(newRepository(), { subject, ...about })
      const { repository, digest, mediaType, sizeBytes } = manifest
      await metadata.manifests.put(manifest)
      expect(await metadata.referrers.list(repository, subject, { limit: 10 })).toEqual({
        items: [{ digest, mediaType, sizeBytes, ...about }],
        hasMore: false,
      })
    })

    test("list() leaves out what a manifest does not say", async () => {
      const subject = newDigest()
      const manifest = newManifest(newRepository(), { subject })
      const { repository, digest, mediaType, sizeBytes } = manifest
      await metadata.manifests.put(manifest)
      const { items } = await metadata.referrers.list(repository, subject, { limit: 10 })
      expect(items).toStrictEqual([{ digest, mediaType, sizeBytes }])
    })

    test("list() gives the subject's referrers of the repository alone", async () => {
      const [repository, subject] = [newRepository(), newDigest()]
      const [expected] = await putAll([newManifest(repository, { subject })])
      await putAll([newManifest(newRepository(), { subject }), newManifest(repository, { subject: newDigest() })])
      await putAll([newManifest(repository)])
      const { items } = await metadata.referrers.list(repository, subject, { limit: 10 })
      expect(items.map(({ digest }) => String(digest))).toEqual([expected ?? ""])
    })

    test("the pages together are the whole list, by digest in byte order", async () => {
      const [repository, subject] = [newRepository(), newDigest()]
      const digests = await putAll(Array.from({ length: 11 }, () => newManifest(repository, { subject })))
      for (const limit of [1, 5, 10, 11, 12]) {
        const list = await readPages((page) => metadata.referrers.list(repository, subject, page), {
          limit,
          keyOf: ({ digest }) => digest,
        })
        expect(list.map(({ digest }) => String(digest))).toEqual(digests)
      }
      expect(await metadata.referrers.list(repository, subject, { limit: 0 })).toEqual({ items: [], hasMore: false })
    })

    test("a page ends before its texts are longer than wanted, and has one entry in any case", async () => {
      const [repository, subject, artifactType] = [newRepository(), newDigest(), "application/sbom"]
      // Three bytes for each sign: lengths are of bytes.
      const notes = ["€".repeat(1000), "€".repeat(10), "", "€".repeat(2000), "€".repeat(5)]
      const digests = await putAll(
        notes.map((note) => newManifest(repository, { subject, artifactType, annotations: { note } })),
      )
      const list = (query: ReferrerQuery) => metadata.referrers.list(repository, subject, query)
      for (const type of [{}, { artifactType }]) {
        const counts: number[] = []
        for (const maxBytes of [0, 100, 3200, 6100, 20_000]) {
          const seen = await readPages(
            async (page) => {
              const { items, hasMore } = await list({ ...page, ...type, maxBytes })
              const bytes = items.reduce((sum, item) => sum + lengthOf(item), 0)
              expect(items.length === 1 || bytes <= maxBytes).toBe(true)
              counts.push(items.length)
              return { items, hasMore }
            },
            { limit: 10, keyOf: ({ digest }) => digest },
          )
          expect(seen.map(({ digest }) => String(digest))).toEqual(digests)
        }
        expect(counts.slice(0, 5)).toEqual([1, 1, 1, 1, 1])
        expect(counts.at(-1)).toBe(5)
      }
      expect(await list({ limit: 2, maxBytes: 20_000 })).toMatchObject({ items: { length: 2 }, hasMore: true })
    })

    test("list() pages over those of one artifact type", async () => {
      const [repository, subject, artifactType] = [newRepository(), newDigest(), "application/sbom"]
      const wanted = await putAll(Array.from({ length: 5 }, () => newManifest(repository, { subject, artifactType })))
      await putAll(
        Array.from({ length: 5 }, () => newManifest(repository, { subject, artifactType: "application/sig" })),
      )
      await putAll([newManifest(repository, { subject })])
      const list = await readPages((page) => metadata.referrers.list(repository, subject, { ...page, artifactType }), {
        limit: 2,
        keyOf: ({ digest }) => digest,
      })
      expect(list.map(({ digest }) => String(digest))).toEqual(wanted)
    })

    test("a deleted manifest is no referrer any more", async () => {
      const manifest = newManifest(newRepository(), { subject: newDigest() })
      const { repository, digest, subject } = manifest
      await metadata.manifests.put(manifest)
      await metadata.manifests.delete(repository, digest, { actor: "bob" })
      const page = await metadata.referrers.list(repository, subject ?? digest, { limit: 10 })
      expect(page).toEqual({ items: [], hasMore: false })
    })
  })
}

function lengthOf({ annotations, artifactType = "" }: ReferrerRecord): number {
  return new TextEncoder().encode(JSON.stringify(annotations) + artifactType).length
}
