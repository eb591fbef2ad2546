import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  putImage,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

export function describeManifestRecords(open: OpenMetadata): void {
  describe("manifests", () => {
    let metadata: Metadata

    beforeAll(async () => {
      metadata = await open(createManualClock())
    })
    afterAll(() => metadata.close())

    async function expectNothingOf(repository: RepositoryName, digest: Digest): Promise<void> {
      expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
      expect(await metadata.manifests.findBytes(digest)).toBeUndefined()
      expect(await metadata.tags.list(repository, { limit: 10 })).toEqual({ items: [], hasMore: false })
    }

    test("find() and findBytes() give what was put", async () => {
      const manifest = newManifest(newRepository())
      const { repository, digest, mediaType, sizeBytes, bytes } = manifest
      expect(await metadata.manifests.put(manifest)).toEqual({ missing: [] })
      expect(await metadata.manifests.find(repository, digest)).toEqual({ digest, mediaType, sizeBytes })
      expect(await metadata.manifests.findBytes(digest)).toEqual(bytes)
    })

    test("find() gives undefined for a manifest of another repository", async () => {
      const manifest = newManifest(newRepository())
      await metadata.manifests.put(manifest)
      expect(await metadata.manifests.find(newRepository(), manifest.digest)).toBeUndefined()
    })

    test("a manifest's own blobs are those that no other manifest refers to, each counted once", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      const [twice, shared, elsewhere] = [
        await putBlob(metadata, repository),
        await putBlob(metadata, repository),
        await putBlob(metadata, repository),
      ]
      const references = [referenceTo(twice, "config"), ...[twice, shared, elsewhere].map((each) => referenceTo(each))]
      const manifest = newManifest(repository, { references })
      await metadata.manifests.put(manifest)
      const count = async (kind: "config" | "layer") =>
        (await metadata.manifests.tallyOwnBlobs(manifest, kind, { after: "", limit: 10 })).count
      expect([await count("config"), await count("layer")]).toEqual([1, 2])
      await metadata.manifests.put(newManifest(repository, { references: [referenceTo(shared)] }))
      expect([await count("config"), await count("layer")]).toEqual([1, 1])
      await metadata.blobs.mount(elsewhere, { from: repository, to: other })
      await metadata.manifests.put(newManifest(other, { references: [referenceTo(elsewhere)] }))
      expect([await count("config"), await count("layer")]).toEqual([1, 0])
      const steps = await metadata.manifests.tallyOwnBlobs(manifest, "layer", { after: "", limit: 1 })
      expect(steps.next).toBe([twice, shared, elsewhere].sort()[0])
    })

    test("countChildren() counts the manifests that it names", async () => {
      const repository = newRepository()
      const child = newManifest(repository)
      await metadata.manifests.put(child)
      const index = newManifest(repository, { references: [referenceTo(child.digest, "manifest")] })
      await metadata.manifests.put(index)
      expect(await metadata.manifests.countChildren(index)).toBe(1)
      expect(await metadata.manifests.countChildren(child)).toBe(0)
    })

    test("listIndexes() gives those of the repository that name it and are not deleted", async () => {
      const [repository, elsewhere] = [newRepository(), newRepository()]
      const child = newManifest(repository)
      await metadata.manifests.put(child)
      await metadata.manifests.put({ ...child, repository: elsewhere })
      const indexes = [1, 2, 3].map(() =>
        newManifest(repository, { references: [referenceTo(child.digest, "manifest")] }),
      )
      for (const index of indexes) await metadata.manifests.put(index)
      const digests = indexes.map(({ digest }) => digest).toSorted()
      const [first = child.digest, ...others] = digests
      expect(await metadata.manifests.listIndexes(child, 10)).toEqual(digests)
      expect(await metadata.manifests.listIndexes(child, 2)).toEqual(digests.slice(0, 2))
      expect(await metadata.manifests.listIndexes({ ...child, repository: elsewhere }, 10)).toEqual([])
      await metadata.manifests.delete(repository, first, { actor: "alice" })
      expect(await metadata.manifests.listIndexes(child, 10)).toEqual(others)
    })

    test("put() accepts a manifest whose blobs and manifests the repository has", async () => {
      const repository = newRepository()
      const child = newManifest(repository)
      await metadata.manifests.put(child)
      const references = [
        referenceTo(await putBlob(metadata, repository), "config"),
        referenceTo(await putBlob(metadata, repository), "layer"),
        referenceTo(child.digest, "manifest"),
      ]
      const manifest = newManifest(repository, { references })
      expect(await metadata.manifests.put(manifest)).toEqual({ missing: [] })
    })

    test("put() gives the required references that are missing, and stores nothing", async () => {
      const repository = newRepository()
      const present = referenceTo(await putBlob(metadata, repository))
      const elsewhere = referenceTo(await putBlob(metadata, newRepository()), "config")
      const unknown = [referenceTo(newDigest()), referenceTo(newDigest(), "manifest")]
      const references = [present, elsewhere, ...unknown]
      const manifest = newManifest(repository, { references, tags: tagsOf("latest") })
      expect(await metadata.manifests.put(manifest)).toEqual({ missing: [elsewhere, ...unknown] })
      await expectNothingOf(repository, manifest.digest)
    })

    test("put() that lacks references leaves a tag where it was", async () => {
      const repository = newRepository()
      const old = newManifest(repository, { tags: tagsOf("latest") })
      await metadata.manifests.put(old)
      await metadata.manifests.put(
        newManifest(repository, { references: [referenceTo(newDigest())], tags: tagsOf("latest") }),
      )
      expect((await metadata.tags.find(repository, parseTag("latest")))?.digest).toBe(old.digest)
    })

    test("put() takes a blob for missing once it is unlinked, and a manifest once it is deleted", async () => {
      const repository = newRepository()
      const layer = await putBlob(metadata, repository)
      const child = newManifest(repository)
      await metadata.manifests.put(child)
      await metadata.blobs.unlink(repository, layer, { actor: "bob" })
      await metadata.manifests.delete(repository, child.digest, { actor: "bob" })
      const references = [referenceTo(layer), referenceTo(child.digest, "manifest")]
      expect(await metadata.manifests.put(newManifest(repository, { references }))).toEqual({ missing: references })
    })

    test("put() does not ask for references that are not required, nor for any when told not to", async () => {
      const repository = newRepository()
      const optional = [referenceTo(newDigest(), "layer", false), referenceTo(newDigest(), "subject", false)]
      expect(await metadata.manifests.put(newManifest(repository, { references: optional }))).toEqual({ missing: [] })
      const unchecked = newManifest(repository, { references: [referenceTo(newDigest())], checksReferences: false })
      expect(await metadata.manifests.put(unchecked)).toEqual({ missing: [] })
      expect(await metadata.manifests.find(repository, unchecked.digest)).toBeDefined()
    })

    test("put() of the same manifest again adds its tags and changes nothing else", async () => {
      const repository = newRepository()
      const manifest = await putImage(metadata, repository, { tags: tagsOf("a") })
      expect(await metadata.manifests.put({ ...manifest, tags: tagsOf("a", "b"), actor: "bob" })).toEqual({
        missing: [],
      })
      expect((await metadata.tags.list(repository, { limit: 10 })).items).toEqual(tagsOf("a", "b"))
      expect(await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })).toBe(true)
      expect(await metadata.manifests.find(repository, manifest.digest)).toBeUndefined()
      expect(await metadata.tags.list(repository, { limit: 10 })).toEqual({ items: [], hasMore: false })
    })

    test("put() that fails stores nothing", async () => {
      const repository = newRepository()
      // No store takes such a size, and it comes to it in the middle of the transaction.
      const broken = { references: [{ ...referenceTo(newDigest()), sizeBytes: "many" as unknown as number }] }
      const manifest = newManifest(repository, { ...broken, checksReferences: false, tags: tagsOf("latest") })
      const failure = await metadata.manifests.put(manifest).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Error)
      await expectNothingOf(repository, manifest.digest)
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })

    test("delete() removes the manifest and every tag that points to it", async () => {
      const repository = newRepository()
      const kept = newManifest(repository, { tags: tagsOf("kept") })
      const manifest = newManifest(repository, { tags: tagsOf("a", "b") })
      await metadata.manifests.put(kept)
      await metadata.manifests.put(manifest)
      expect(await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })).toBe(true)
      expect(await metadata.manifests.find(repository, manifest.digest)).toBeUndefined()
      expect((await metadata.tags.list(repository, { limit: 10 })).items).toEqual(tagsOf("kept"))
      expect(await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })).toBe(false)
    })

    test("delete() leaves another repository's copy as it is", async () => {
      const manifest = newManifest(newRepository(), { tags: tagsOf("latest") })
      const copy = { ...manifest, repository: newRepository() }
      await metadata.manifests.put(manifest)
      await metadata.manifests.put(copy)
      await metadata.manifests.delete(manifest.repository, manifest.digest, { actor: "bob" })
      expect(await metadata.manifests.find(copy.repository, copy.digest)).toBeDefined()
      expect(await metadata.tags.find(copy.repository, parseTag("latest"))).toBeDefined()
      expect(await metadata.manifests.findBytes(copy.digest)).toEqual(copy.bytes)
    })

    test("a manifest can be put again after it was deleted", async () => {
      const manifest = newManifest(newRepository(), { tags: tagsOf("latest") })
      await metadata.manifests.put(manifest)
      await metadata.manifests.delete(manifest.repository, manifest.digest, { actor: "bob" })
      expect(await metadata.manifests.put(manifest)).toEqual({ missing: [] })
      expect(await metadata.manifests.find(manifest.repository, manifest.digest)).toBeDefined()
    })

    test("markPulled() passes over manifests that are not there", async () => {
      const { repository, digest } = newManifest(newRepository())
      await metadata.manifests.markPulled([{ repository, digest }])
      expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
    })

    test("200 puts at once are all stored, each readable once it is answered", async () => {
      const repository = newRepository()
      const manifests = Array.from({ length: 200 }, (_, n) => newManifest(repository, { tags: tagsOf(`t${n}`) }))
      const found = await Promise.all(
        manifests.map(async (manifest) => {
          await metadata.manifests.put(manifest)
          return metadata.manifests.find(repository, manifest.digest)
        }),
      )
      expect(found.map((record) => record?.digest)).toEqual(manifests.map(({ digest }) => digest))
      expect((await metadata.tags.list(repository, { limit: 1000 })).items).toHaveLength(200)
    })
  })
}
