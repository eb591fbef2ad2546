import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  newUpload,
  putBlob,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { FsckRecords } from "./fsck.ts"
import type { ReviewKind } from "./gc.ts"
import type { ManifestPut } from "./manifests.ts"
import type { Metadata } from "./metadata.ts"
import { openForEach, type Scene } from "./scene.contract.ts"

export function describeFsckRecords(open: OpenMetadata): void {
  describe("fsck", () => {
    let metadata: Metadata
    let fsck: FsckRecords
    beforeAll(async () => {
      metadata = await open(createManualClock())
      fsck = metadata.fsck
    })
    afterAll(() => metadata.close())

    const { signal } = new AbortController()
    const inspect = async () => (await fsck.inspect(signal)).counts

    test("tables that agree have no findings, and what was deleted on request is told of as that", async () => {
      const repository = newRepository()
      const layer = await putBlob(metadata, repository)
      const manifest = newManifest(repository, { references: [referenceTo(layer)], tags: tagsOf("v1") })
      await metadata.manifests.put(manifest)
      expect(await inspect()).toEqual({})
      await metadata.blobs.unlink(repository, layer, { actor: "alice" })
      expect(await fsck.inspect(signal)).toEqual({
        counts: { "deleted-on-request": 1 },
        findings: [{ kind: "deleted-on-request", repository, name: layer, manifest: manifest.digest }],
      })
      // Somebody wants it to be gone.
      expect(await fsck.relink(repository, layer)).toBe(false)
    })

    test("a link is given back to a repository whose manifest names a stored blob, and to no other", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      const layer = await putBlob(metadata, other)
      expect(await fsck.relink(repository, layer)).toBe(false)
      const references = [referenceTo(layer), referenceTo(newDigest())]
      await metadata.manifests.put(newManifest(repository, { references, checksReferences: false }))
      expect(await inspect()).toMatchObject({ "link-missing": 1, "reference-missing": 1 })
      expect(await fsck.relink(repository, layer)).toBe(true)
      expect(await metadata.blobs.find(repository, layer)).toBeDefined()
      expect(await inspect()).not.toHaveProperty("link-missing")
      expect(await fsck.relink(repository, references[1]?.digest ?? layer)).toBe(false)
    })

    test("counting anew leaves a right count as it is", async () => {
      const repository = newRepository()
      const manifests = [newManifest(repository), newManifest(repository)]
      for (const manifest of manifests) await metadata.manifests.put(manifest)
      await metadata.manifests.delete(repository, manifests[0]?.digest ?? newDigest(), { actor: "alice" })
      await fsck.recount(repository)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
    })

    test("an object is known by its row, or as what distribution stored of a manifest", async () => {
      const repository = newRepository()
      const digest = await putBlob(metadata, repository)
      const manifest = newManifest(repository)
      await metadata.manifests.put(manifest)
      expect(await fsck.isKnown({ digest, generation: 0 })).toBe(true)
      expect(await fsck.isKnown({ digest, generation: 1 })).toBe(false)
      expect(await fsck.isKnown({ digest: manifest.digest, generation: 0 })).toBe(true)
      expect(await fsck.isKnown({ digest: newDigest(), generation: 0 })).toBe(false)
    })

    test("uploads are listed by page", async () => {
      const limit = { maxOpen: 10, activeSince: 0 }
      const uploads = [newUpload(newRepository()), newUpload(newRepository(), { offset: 7 })]
      for (const upload of uploads) await metadata.uploads.create(upload, limit)
      const first = await fsck.listUploads("", 1)
      const second = await fsck.listUploads(first[0]?.id ?? "", 1)
      const expected = uploads.map(({ id, offset }) => ({ id, offset }))
      expect([...first, ...second]).toEqual(expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
    })
  })

  describe("fsck: what is on record of an end", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    const inspect = async () => (await metadata.fsck.inspect(new AbortController().signal)).counts
    const collect = async (kind: ReviewKind) => {
      clock.advance(1)
      const now = clock.now()
      const cutoffs = { touchedBefore: now, deletedBefore: now, untaggedBefore: now, held: [], limit: 100 }
      return (await metadata.gc.review(kind, cutoffs)).collected.length
    }
    const put = async (changes: Partial<ManifestPut> = {}) => {
      const manifest = newManifest(repository, changes)
      await metadata.manifests.put(manifest)
      return manifest.digest
    }
    const putIndex = (...digests: Digest[]) => {
      const references = digests.map((digest) => referenceTo(digest, "manifest"))
      return put({ references, tags: tagsOf("all"), checksReferences: false })
    }

    test("is no excuse for a layer that the collector took: it can be read again", async () => {
      const layer = await putBlob(metadata, repository)
      expect(await collect("link")).toBe(1)
      expect((await metadata.gc.explain(layer)).removals).toMatchObject([{ reason: "unreferenced" }])
      await put({ references: [referenceTo(layer)], tags: tagsOf("v1"), checksReferences: false })
      expect(await inspect()).toEqual({ "link-missing": 1 })
      expect(await metadata.fsck.relink(repository, layer)).toBe(true)
      expect(await inspect()).toEqual({})
    })

    test("is one for an image that somebody deleted from an index, also when its time for undo is over", async () => {
      const child = await put()
      await putIndex(child)
      expect(await inspect()).toEqual({})
      clock.advance(1)
      await metadata.manifests.delete(repository, child, { actor: "alice" })
      expect(await inspect()).toEqual({ "deleted-on-request": 1 })
      expect(await collect("manifest")).toBe(1)
      expect(await inspect()).toEqual({ "deleted-on-request": 1 })
    })

    test("is one for an image that somebody purged", async () => {
      const child = await put()
      await putIndex(child)
      await metadata.manifests.delete(repository, child, { actor: "alice", isPurge: true })
      expect(await collect("manifest")).toBe(1)
      expect(await inspect()).toEqual({ "deleted-on-request": 1 })
    })

    test("is none where somebody deleted the image before the index came, or the collector took it", async () => {
      const [deleted, taken] = [await put(), await put()]
      await metadata.manifests.delete(repository, deleted, { actor: "alice" })
      expect(await collect("untagged")).toBe(1)
      clock.advance(1)
      await putIndex(deleted, taken)
      expect(await inspect()).toEqual({ "child-missing": 2 })
    })
  })
}
