import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import type { PageRequest } from "../../domain/page.ts"
import { parseTag } from "../../domain/tag.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  readPages,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const tagNames = fc.uniqueArray(fc.stringMatching(/^[a-cA-C0-2_][a-cA-C.-]{0,3}$/), { minLength: 1, maxLength: 25 })

export function describeTagRecords(open: OpenMetadata): void {
  describe("tags", () => {
    let metadata: Metadata
    const clock = createManualClock()
    const latest = parseTag("latest")

    beforeAll(async () => {
      metadata = await open(clock)
    })
    afterAll(() => metadata.close())

    test("find() gives what the tag points at", async () => {
      const manifest = newManifest(newRepository(), { tags: [latest], mediaType: "application/x", sizeBytes: 12 })
      await metadata.manifests.put(manifest)
      expect(await metadata.tags.find(manifest.repository, latest)).toEqual({
        digest: manifest.digest,
        mediaType: "application/x",
        sizeBytes: 12,
      })
    })

    test("find() gives undefined for a tag of another repository", async () => {
      await metadata.manifests.put(newManifest(newRepository(), { tags: [latest] }))
      expect(await metadata.tags.find(newRepository(), latest)).toBeUndefined()
    })

    test("a tag moves to the manifest that was put last", async () => {
      const repository = newRepository()
      const [first, second] = [newManifest(repository, { tags: [latest] }), newManifest(repository, { tags: [latest] })]
      await metadata.manifests.put(first)
      await metadata.manifests.put(second)
      expect((await metadata.tags.find(repository, latest))?.digest).toBe(second.digest)
      await metadata.manifests.put(first)
      expect((await metadata.tags.find(repository, latest))?.digest).toBe(first.digest)
      expect((await metadata.tags.list(repository, { limit: 10 })).items).toEqual([latest])
    })

    test("listDetails() gives who pushed what and when, with all its bytes, those of an index's platforms as well", async () => {
      const repository = newRepository()
      const references = [
        referenceTo(await putBlob(metadata, repository), "config"),
        referenceTo(newDigest(), "subject"),
      ]
      const image = newManifest(repository, { references, sizeBytes: 7, actor: "bob" })
      await metadata.manifests.put(image)
      const index = newManifest(repository, {
        references: [{ ...referenceTo(image.digest, "manifest"), sizeBytes: 7 }],
        sizeBytes: 3,
        tags: tagsOf("b"),
      })
      await metadata.manifests.put(index)
      await metadata.manifests.put({ ...image, tags: tagsOf("a") })
      expect(await metadata.tags.listDetails(repository, { limit: 1 })).toEqual({
        items: [
          {
            name: parseTag("a"),
            digest: image.digest,
            mediaType: image.mediaType,
            sizeBytes: 7,
            totalBytes: 17,
            pushedAt: clock.now(),
            pushedBy: "bob",
          },
        ],
        hasMore: true,
      })
      const rest = await metadata.tags.listDetails(repository, { limit: 10, last: "a" })
      expect(rest).toMatchObject({ items: [{ name: "b", totalBytes: 20, pushedBy: "alice" }], hasMore: false })
    })

    test("listOfManifest() gives the tags that point at the manifest, page by page", async () => {
      const manifest = newManifest(newRepository(), { tags: tagsOf("a", "b", "c") })
      const { repository, digest } = manifest
      await metadata.manifests.put(manifest)
      await metadata.manifests.put(newManifest(repository, { tags: tagsOf("b", "d") }))
      const list = (page: PageRequest) => metadata.tags.listOfManifest(repository, digest, page)
      expect(await readPages(list, { limit: 1, keyOf: String })).toEqual(tagsOf("a", "c"))
    })

    test("delete() removes the tag, and neither the manifest nor its other tags", async () => {
      const manifest = newManifest(newRepository(), { tags: tagsOf("latest", "v1") })
      const { repository, digest } = manifest
      await metadata.manifests.put(manifest)
      expect(await metadata.tags.delete(repository, latest, { actor: "bob" })).toBe(true)
      expect(await metadata.tags.find(repository, latest)).toBeUndefined()
      expect((await metadata.tags.list(repository, { limit: 10 })).items).toEqual(tagsOf("v1"))
      expect((await metadata.manifests.find(repository, digest))?.digest).toBe(digest)
    })

    test("delete() gives false for a tag that is not there", async () => {
      expect(await metadata.tags.delete(newRepository(), latest, { actor: "bob" })).toBe(false)
    })

    test("list() is in byte order", async () => {
      const repository = newRepository()
      await metadata.manifests.put(
        newManifest(repository, { tags: tagsOf("b", "a", "B", "_", "1", "a.1", "a-1", "a_1") }),
      )
      const { items, hasMore } = await metadata.tags.list(repository, { limit: 100 })
      expect(items).toEqual(tagsOf("1", "B", "_", "a", "a-1", "a.1", "a_1", "b"))
      expect(hasMore).toBe(false)
    })

    test("list() of an unknown repository, or of no entries, is empty", async () => {
      const manifest = newManifest(newRepository(), { tags: [latest] })
      await metadata.manifests.put(manifest)
      const none = { items: [], hasMore: false }
      expect(await metadata.tags.list(newRepository(), { limit: 10 })).toEqual(none)
      expect(await metadata.tags.list(manifest.repository, { limit: 0 })).toEqual(none)
    })

    test("list() goes on after `last` whether or not there is such a tag", async () => {
      const repository = newRepository()
      await metadata.manifests.put(newManifest(repository, { tags: tagsOf("a", "c", "d") }))
      expect(await metadata.tags.list(repository, { limit: 1, last: "b" })).toEqual({
        items: tagsOf("c"),
        hasMore: true,
      })
      expect(await metadata.tags.list(repository, { limit: 1, last: "c" })).toEqual({
        items: tagsOf("d"),
        hasMore: false,
      })
      expect(await metadata.tags.list(repository, { limit: 1, last: "d" })).toEqual({ items: [], hasMore: false })
    })

    test("the pages together are the whole list", async () => {
      const property = fc.asyncProperty(tagNames, fc.integer({ min: 1, max: 9 }), async (names, limit) => {
        const repository = newRepository()
        await metadata.manifests.put(newManifest(repository, { tags: tagsOf(...names) }))
        const pages = await readPages((page) => metadata.tags.list(repository, page), { limit, keyOf: String })
        expect(pages).toEqual(tagsOf(...names.toSorted()))
      })
      await fc.assert(property, { numRuns: 30 })
    })

    test("a tag that exists all the while is listed exactly once while others come and go", async () => {
      const property = fc.asyncProperty(
        tagNames,
        tagNames,
        fc.integer({ min: 1, max: 5 }),
        async (names, others, limit) => {
          const repository = newRepository()
          const transient = others.filter((name) => !names.includes(name))
          await metadata.manifests.put(newManifest(repository, { tags: tagsOf(...names) }))
          const between = async () => {
            const name = transient.pop()
            if (name === undefined) return
            await metadata.manifests.put(newManifest(repository, { tags: tagsOf(name) }))
            if (name < "a") await metadata.tags.delete(repository, parseTag(name), { actor: "bob" })
          }
          const list = await readPages((page) => metadata.tags.list(repository, page), {
            limit,
            keyOf: String,
            between,
          })
          expect(list).toEqual(list.toSorted())
          expect(list.filter((name) => names.includes(name))).toEqual(tagsOf(...names.toSorted()))
        },
      )
      await fc.assert(property, { numRuns: 30 })
    })
  })
}
