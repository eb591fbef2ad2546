import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import {
  createManualClock,
  newDigest,
  newRepository,
  newUpload,
  putBlob,
  readPages,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

export function describeBlobRecords(open: OpenMetadata): void {
  describe("blobs", () => {
    let metadata: Metadata

    beforeAll(async () => {
      metadata = await open(createManualClock())
    })
    afterAll(() => metadata.close())

    test("find() gives a blob in the repositories it is linked to, and in no other", async () => {
      const [repository, digest] = [newRepository(), newDigest()]
      const blob = { digest, generation: 0, sizeBytes: 5_000_000_000 }
      await metadata.blobs.put(blob, { repository })
      expect(await metadata.blobs.find(repository, digest)).toMatchObject(blob)
      expect(await metadata.blobs.find(newRepository(), digest)).toBeUndefined()
    })

    test("put() brings the repository into being, and not into the catalog", async () => {
      const repository = newRepository()
      expect(await metadata.repositories.exists(repository)).toBe(false)
      await putBlob(metadata, repository)
      expect(await metadata.repositories.exists(repository)).toBe(true)
      expect((await metadata.repositories.list({ limit: 100 })).items).not.toContain(repository)
    })

    test("put() ends the upload", async () => {
      const repository = newRepository()
      const [upload, other] = [newUpload(repository), newUpload(repository)]
      await metadata.uploads.create(upload, { maxOpen: 9, activeSince: 0 })
      await metadata.uploads.create(other, { maxOpen: 9, activeSince: 0 })
      await metadata.blobs.put(
        { digest: newDigest(), generation: 0, sizeBytes: 1 },
        { repository, uploadId: upload.id },
      )
      expect(await metadata.uploads.find(upload.id)).toBeUndefined()
      expect(await metadata.uploads.find(other.id)).toEqual(other)
    })

    test("put() again, by this repository or another, is no error", async () => {
      const [repository, another] = [newRepository(), newRepository()]
      const blob = { digest: newDigest(), generation: 0, sizeBytes: 7 }
      await metadata.blobs.put(blob, { repository })
      await metadata.blobs.put(blob, { repository })
      await metadata.blobs.put(blob, { repository: another, uploadId: "gone" })
      expect(await metadata.blobs.find(repository, blob.digest)).toMatchObject(blob)
      expect(await metadata.blobs.find(another, blob.digest)).toMatchObject(blob)
    })

    test("nextGeneration() is that of the stored blob, and 0 for an unknown one", async () => {
      const digest = newDigest()
      expect(await metadata.blobs.nextGeneration(digest)).toBe(0)
      await metadata.blobs.put({ digest, generation: 3, sizeBytes: 1 }, { repository: newRepository() })
      expect(await metadata.blobs.nextGeneration(digest)).toBe(3)
    })

    test("of two generations stored at once the first to be put is the one that is served", async () => {
      const [repository, another, digest] = [newRepository(), newRepository(), newDigest()]
      await metadata.blobs.put({ digest, generation: 1, sizeBytes: 1 }, { repository })
      await metadata.blobs.put({ digest, generation: 0, sizeBytes: 1 }, { repository: another })
      expect((await metadata.blobs.find(repository, digest))?.generation).toBe(1)
      expect((await metadata.blobs.find(another, digest))?.generation).toBe(1)
      expect(await metadata.blobs.nextGeneration(digest)).toBe(1)
    })

    test("mount() links a blob that the source has", async () => {
      const [from, to] = [newRepository(), newRepository()]
      const digest = await putBlob(metadata, from)
      expect(await metadata.blobs.mount(digest, { from, to })).toBe(true)
      expect(await metadata.blobs.mount(digest, { from, to })).toBe(true)
      expect((await metadata.blobs.find(to, digest))?.digest).toBe(digest)
      expect(await metadata.repositories.exists(to)).toBe(true)
    })

    test("mount() of a blob that the source lacks gives false and links nothing", async () => {
      const [from, to] = [newRepository(), newRepository()]
      const digest = await putBlob(metadata, newRepository())
      expect(await metadata.blobs.mount(digest, { from, to })).toBe(false)
      expect(await metadata.blobs.find(to, digest)).toBeUndefined()
      expect(await metadata.repositories.exists(to)).toBe(false)
    })

    test("unlink() takes the blob from one repository alone", async () => {
      const [repository, another] = [newRepository(), newRepository()]
      const digest = await putBlob(metadata, repository)
      await metadata.blobs.mount(digest, { from: repository, to: another })
      expect(await metadata.blobs.unlink(repository, digest, { actor: "bob" })).toBe(true)
      expect(await metadata.blobs.unlink(repository, digest, { actor: "bob" })).toBe(false)
      expect(await metadata.blobs.find(repository, digest)).toBeUndefined()
      expect((await metadata.blobs.find(another, digest))?.digest).toBe(digest)
    })

    test("listRepositories() pages over those that have the blob, in byte order", async () => {
      const [first, ...others] = Array.from({ length: 7 }, newRepository)
      if (first === undefined) throw new Error("unreachable")
      const digest = await putBlob(metadata, first)
      await Promise.all(others.map((to) => metadata.blobs.mount(digest, { from: first, to })))
      const list = await readPages((page) => metadata.blobs.listRepositories(digest, page), { limit: 3, keyOf: String })
      expect(list).toEqual([first, ...others].sort())
      expect(await metadata.blobs.listRepositories(newDigest(), { limit: 3 })).toEqual({ items: [], hasMore: false })
    })
  })
}
