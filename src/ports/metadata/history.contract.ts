import { describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { parseTag } from "../../domain/tag.ts"
import {
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  putImage,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { RestorationPreview, Restored } from "./history.ts"
import type { ManifestPut } from "./manifests.ts"

const bob = { actor: "bob" }
const latest = parseTag("latest")

function agree(preview: object | undefined, restored: Restored | undefined): Restored | undefined {
  const { tags, ...announced } = (preview ?? {}) as Partial<RestorationPreview>
  expect(preview === undefined ? undefined : announced).toEqual(restored)
  if (restored !== undefined) expect(tags).toHaveLength(restored.tagCount)
  return restored
}

export function describeHistoryRecords(open: OpenMetadata): void {
  describe("history", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    async function put(...tags: string[]): Promise<ManifestPut> {
      const manifest = await putImage(metadata, repository, { tags: tagsOf(...tags) })
      clock.advance(1000)
      return manifest
    }

    const named = async (tag = "latest") => (await metadata.tags.find(repository, parseTag(tag)))?.digest
    const isWhole = async ({ digest, references }: ManifestPut) => {
      const blobs = await Promise.all(references.map((each) => metadata.blobs.find(repository, each.digest)))
      return (await metadata.manifests.find(repository, digest)) !== undefined && !blobs.includes(undefined)
    }
    // Every restoration is announced by its preview, to the letter.
    const restoreTag = async (digest: Digest) => {
      const target = { repository, tag: latest, digest }
      const preview = await metadata.history.previewTag(target)
      const restored = await metadata.history.restoreTag(target, bob)
      return agree(preview, restored === "moved" ? undefined : restored)
    }
    const restoreManifest = async (digest: Digest) => {
      const preview = await metadata.history.previewManifest(repository, digest)
      return agree(preview, await metadata.history.restoreManifest(repository, digest, bob))
    }
    const restoreRepository = async () => {
      const preview = await metadata.history.previewRepository(repository)
      const restored = await metadata.history.restoreRepository(repository, bob)
      return agree(preview && { ...preview, missing: [], missingCount: 0 }, restored)
    }

    test("list() gives the changes of all tags or of one, the latest first, page by page", async () => {
      const [first, second] = [await put("latest", "other"), await put("latest")]
      await metadata.manifests.delete(repository, second.digest, bob)
      const { items, hasMore } = await metadata.history.list(repository, { tag: latest, limit: 10 })
      expect(hasMore).toBe(false)
      expect(items).toMatchObject([
        { tag: latest, from: second.digest, actor: "bob" },
        { tag: latest, from: first.digest, to: second.digest, state: "deleted", actor: "alice" },
        { tag: latest, to: first.digest, state: "present" },
      ])
      expect(items[0]).not.toHaveProperty("to")
      expect(items[2]).not.toHaveProperty("from")
      const page = await metadata.history.list(repository, { limit: 3 })
      expect(page.hasMore).toBe(true)
      const before = page.items.at(-1)?.id ?? 0
      const rest = await metadata.history.list(repository, { limit: 3, before })
      expect([...page.items, ...rest.items].map(({ tag }) => String(tag)).toSorted()).toEqual([
        "latest",
        "latest",
        "latest",
        "other",
      ])
    })

    test("findAt() gives what the tag named then", async () => {
      const start = clock.now()
      const [first, second] = [await put("latest"), await put("latest")]
      await metadata.tags.delete(repository, latest, bob)
      const at = (ms: number) => metadata.history.findAt(repository, latest, ms)
      expect(await at(start - 1)).toBeUndefined()
      expect(await at(start)).toBe(first.digest)
      expect(await at(start + 999)).toBe(first.digest)
      expect(await at(start + 1000)).toBe(second.digest)
      expect(await at(clock.now())).toBeUndefined()
    })

    test("a tag that was deleted, alone or with its manifest, is restored with all that it needs", async () => {
      const manifest = await put("latest")
      await metadata.tags.delete(repository, latest, bob)
      expect(await restoreTag(manifest.digest)).toEqual({
        manifests: 0,
        tagCount: 1,
        kept: [],
        keptCount: 0,
        missing: [],
        missingCount: 0,
      })
      expect(await named()).toBe(manifest.digest)
      await metadata.manifests.delete(repository, manifest.digest, bob)
      expect(await named()).toBeUndefined()
      expect(await restoreTag(manifest.digest)).toMatchObject({ manifests: 1, tagCount: 1 })
      expect(await named()).toBe(manifest.digest)
      expect(await isWhole(manifest)).toBe(true)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
      const [change] = (await metadata.history.list(repository, { limit: 1 })).items
      expect(change).toMatchObject({ to: manifest.digest, actor: "bob", state: "present" })
    })

    test("a tag that somebody changed after it was looked at stays as it is", async () => {
      const [first, second] = [await put("latest"), await put("latest")]
      const [change] = (await metadata.history.list(repository, { limit: 1 })).items
      const target = { repository, tag: latest, digest: first.digest, ...(change && { lastChange: change.id }) }
      await metadata.tags.delete(repository, latest, bob)
      expect(await metadata.history.restoreTag(target, bob)).toBe("moved")
      expect(await named()).toBeUndefined()
      await restoreTag(second.digest)
      expect(await named()).toBe(second.digest)
    })

    test("a tag that moved goes back; the one that it leaves stays", async () => {
      const [first, second] = [await put("latest"), await put("latest")]
      await restoreTag(first.digest)
      expect(await named()).toBe(first.digest)
      expect(await isWhole(second)).toBe(true)
    })

    test("an index comes back with its children", async () => {
      const child = await put()
      const references = [referenceTo(child.digest, "manifest")]
      const index = newManifest(repository, { references, tags: [latest] })
      await metadata.manifests.put(index)
      await metadata.manifests.delete(repository, index.digest, bob)
      await metadata.manifests.delete(repository, child.digest, bob)
      expect(await restoreTag(index.digest)).toMatchObject({ manifests: 2, missing: [] })
      expect(await isWhole(child)).toBe(true)
    })

    test("a tag whose manifest is there brings back what was deleted of that alone", async () => {
      const child = await put()
      const index = newManifest(repository, { references: [referenceTo(child.digest, "manifest")], tags: [latest] })
      await metadata.manifests.put(index)
      const [layer] = child.references
      await metadata.blobs.unlink(repository, layer?.digest ?? newDigest(), bob)
      await metadata.manifests.delete(repository, child.digest, bob)
      await metadata.tags.delete(repository, latest, bob)
      expect(await restoreTag(index.digest)).toEqual({
        manifests: 1,
        tagCount: 1,
        kept: [],
        keptCount: 0,
        missing: [],
        missingCount: 0,
      })
      expect(await isWhole(child)).toBe(true)
    })

    test("what a tag named when the kept time began stays on record", async () => {
      const first = await put("latest")
      clock.advance(1_000_000)
      const [kept] = [clock.now()]
      await put("latest")
      await metadata.gc.prune(kept, { limit: 100 })
      expect(await metadata.history.findAt(repository, latest, kept - 1)).toBe(first.digest)
    })

    test("a repository of which all is collected is not restored, and does not come into being", async () => {
      await put("latest")
      await metadata.repositories.delete(repository, bob)
      clock.advance(1_000_000)
      const cutoffs = { touchedBefore: clock.now(), deletedBefore: clock.now(), held: [], limit: 100 }
      for (const kind of ["repository", "manifest", "link", "blob"] as const) await metadata.gc.review(kind, cutoffs)
      expect(await restoreRepository()).toBeUndefined()
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })

    test("what is gone for good is not restored, and what is named and gone is said", async () => {
      expect(await restoreTag(newDigest())).toBeUndefined()
      const manifest = await put("latest")
      const lost = newDigest()
      const broken = newManifest(repository, { references: [referenceTo(lost)], checksReferences: false })
      await metadata.manifests.put(broken)
      await metadata.manifests.delete(repository, broken.digest, bob)
      expect(await restoreTag(broken.digest)).toMatchObject({ missing: [lost], missingCount: 1 })
      expect(await restoreManifest(manifest.digest)).toBeUndefined()
    })

    test("a manifest comes back with the tags that went with it, but for those that were pushed again", async () => {
      const manifest = await put("latest", "stable", "gone-before")
      await metadata.tags.delete(repository, parseTag("gone-before"), bob)
      clock.advance(1000)
      await metadata.manifests.delete(repository, manifest.digest, bob)
      const newer = await put("stable")
      expect(await restoreManifest(manifest.digest)).toEqual({
        manifests: 1,
        tagCount: 1,
        kept: tagsOf("stable"),
        keptCount: 1,
        missing: [],
        missingCount: 0,
      })
      expect(await named("stable")).toBe(newer.digest)
      expect(await named()).toBe(manifest.digest)
      expect(await named("gone-before")).toBeUndefined()
    })

    test("a repository comes back with what its last deletion took, beside what was pushed since", async () => {
      const [first, second] = [await put("a", "b"), await put("c")]
      const earlier = await put("d")
      await metadata.manifests.delete(repository, earlier.digest, bob)
      clock.advance(1000)
      await metadata.repositories.delete(repository, bob)
      const newer = await put("b")
      expect(await restoreRepository()).toEqual({
        manifests: 2,
        tagCount: 2,
        kept: tagsOf("b"),
        keptCount: 1,
        missing: [],
        missingCount: 0,
      })
      expect(await Promise.all([first, second, newer].map(isWhole))).toEqual([true, true, true])
      expect(await isWhole(earlier)).toBe(false)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(3)
      expect(await restoreRepository()).toBeUndefined()
    })

    test("what others deleted in the same millisecond does not come back with it", async () => {
      const [first, second] = [await put("latest", "old"), await put("next")]
      const layer = await putBlob(metadata, repository)
      await metadata.tags.delete(repository, parseTag("old"), bob)
      await metadata.manifests.delete(repository, first.digest, bob)
      expect(await restoreManifest(first.digest)).toMatchObject({ manifests: 1, tagCount: 1 })
      await metadata.blobs.unlink(repository, layer, bob)
      await metadata.manifests.delete(repository, second.digest, bob)
      await metadata.repositories.delete(repository, bob)
      expect(await restoreRepository()).toMatchObject({ manifests: 1, tagCount: 1 })
      expect(await isWhole(first)).toBe(true)
      expect(await metadata.blobs.find(repository, layer)).toBeUndefined()
    })

    test("a repository comes back also where the collector had to put it off", async () => {
      const { digest } = await put("latest")
      await metadata.repositories.delete(repository, bob)
      clock.advance(1000)
      const cutoffs = { touchedBefore: clock.now(), deletedBefore: clock.now() }
      await metadata.gc.review("repository", { ...cutoffs, held: [repository], limit: 10 })
      expect(await restoreRepository()).toMatchObject({ manifests: 1, tagCount: 1 })
      expect(await metadata.manifests.find(repository, digest)).toBeDefined()
    })

    test("of a repository whose time is over nothing comes back, and it is said so", async () => {
      await put("latest")
      await metadata.repositories.delete(repository, bob)
      clock.advance(1000)
      const step = { touchedBefore: clock.now(), deletedBefore: clock.now(), held: [], limit: 10 }
      for (const kind of ["manifest", "link"] as const) await metadata.gc.review(kind, step)
      expect(await restoreRepository()).toBeUndefined()
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })

    test("a preview of a repository names what is missing, each once", async () => {
      const image = await put("a")
      const [lost, child] = [newDigest(), await put()]
      const references = [referenceTo(lost), referenceTo(child.digest, "manifest")]
      const names = [...Array(3).keys()].map((each) => parseTag(`broken-${each}`))
      for (const tag of names) {
        const broken = newManifest(repository, { references, checksReferences: false, tags: [tag] })
        await metadata.manifests.put(broken)
      }
      await metadata.manifests.delete(repository, child.digest, bob)
      clock.advance(1000)
      await metadata.repositories.delete(repository, bob)
      const preview = await metadata.history.previewRepository(repository)
      expect(preview).toMatchObject({ manifests: 4, tagCount: 4, missingCount: 2 })
      expect(new Set(preview?.missing)).toEqual(new Set([lost, child.digest]))
      expect(await metadata.manifests.find(repository, image.digest)).toBeUndefined()
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })

    test("of what is missing a hundred are named, and all counted, however many one manifest names", async () => {
      const references = [...Array(1203).keys()].map(() => referenceTo(newDigest()))
      const broken = newManifest(repository, { references, checksReferences: false, tags: [latest] })
      await metadata.manifests.put(broken)
      await metadata.manifests.delete(repository, broken.digest, bob)
      const restored = await restoreManifest(broken.digest)
      expect(restored?.missing).toHaveLength(100)
      expect(restored?.missingCount).toBe(1203)
    })

    test("of the tags that stay a hundred are named, and all counted", async () => {
      const names = Array.from({ length: 103 }, (_, i) => `t${i}`)
      const manifest = await put(...names)
      await metadata.manifests.delete(repository, manifest.digest, bob)
      await put(...names)
      const restored = await restoreManifest(manifest.digest)
      expect(restored).toMatchObject({ tagCount: 0, keptCount: 103 })
      expect(restored?.kept).toHaveLength(100)
    })

    const collect = (limit: number) =>
      metadata.gc.review("manifest", { touchedBefore: clock.now(), deletedBefore: clock.now(), held: [], limit })

    test("of a repository that is half collected the rest comes back, and what its other tags named is missing", async () => {
      const images = [await put("one"), await put("two")]
      clock.advance(1)
      await metadata.repositories.delete(repository, bob)
      clock.advance(1)
      const { collected } = await collect(1)
      expect(collected).toHaveLength(1)
      const [gone = ""] = collected.map(({ digest }) => String(digest))
      const left = images.filter(({ digest }) => digest !== gone)
      const due = { manifests: 1, tagCount: 1, missing: [gone], missingCount: 1 }
      expect(await metadata.history.previewRepository(repository)).toMatchObject(due)
      expect(await metadata.history.restoreRepository(repository, bob)).toMatchObject({ manifests: 1, tagCount: 1 })
      expect(await Promise.all(left.map(isWhole))).toEqual([true])
    })

    test("a repository of which only blobs are left is gone for good, unless it had nothing else", async () => {
      await put("one")
      clock.advance(1)
      await metadata.repositories.delete(repository, bob)
      clock.advance(1)
      await collect(100)
      expect(await metadata.history.previewRepository(repository)).toBeUndefined()
      expect(await metadata.history.restoreRepository(repository, bob)).toBeUndefined()
      const other = newRepository()
      await putBlob(metadata, other)
      await metadata.repositories.delete(other, bob)
      expect(await metadata.history.previewRepository(other)).toMatchObject({ manifests: 0, missingCount: 0 })
      expect(await metadata.history.restoreRepository(other, bob)).toMatchObject({ manifests: 0 })
    })

    test("a page that is full is not the last one", async () => {
      const all = [...Array(501).keys()].map((each) => newManifest(repository, { tags: [parseTag(`t${each}`)] }))
      await Promise.all(all.map((manifest) => metadata.manifests.put(manifest)))
      await metadata.repositories.delete(repository, bob)
      const preview = await metadata.history.previewRepository(repository)
      expect(preview).toMatchObject({ manifests: 501, tagCount: 501, kept: [], missingCount: 0 })
      expect(preview?.tags).toHaveLength(100)
      expect(await metadata.history.restoreRepository(repository, bob)).toMatchObject({ manifests: 501, tagCount: 501 })
      expect(await named("t500")).toBe(all[500]?.digest)
    })

    test("when the records were last made of a backup is on record", async () => {
      expect(await metadata.gc.findRestoredAt()).toBeUndefined()
      await metadata.gc.noteRestored()
      clock.advance(5)
      await metadata.gc.noteRestored()
      expect(await metadata.gc.findRestoredAt()).toBe(clock.now())
    })

    test("what was restored is not collected, and what is left of the deletion still is", async () => {
      const [kept, gone] = [await put("latest"), await put("other")]
      for (const { digest } of [kept, gone]) await metadata.manifests.delete(repository, digest, bob)
      await restoreTag(kept.digest)
      clock.advance(1_000_000)
      const cutoffs = { touchedBefore: clock.now(), deletedBefore: clock.now(), held: [], limit: 100 }
      for (const kind of ["manifest", "link", "blob"] as const) await metadata.gc.review(kind, cutoffs)
      expect(await isWhole(kept)).toBe(true)
      expect(await metadata.history.findState(repository, gone.digest)).toBe("gone")
    })
  })
}
