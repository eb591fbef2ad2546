import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createManualClock, newDigest, newRepository, newUpload, type OpenMetadata } from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const UNLIMITED = { maxOpen: 1000, activeSince: 0 }

export function describeUploadRecords(open: OpenMetadata): void {
  describe("uploads", () => {
    let metadata: Metadata
    const clock = createManualClock()

    beforeAll(async () => {
      metadata = await open(clock)
    })
    afterAll(() => metadata.close())

    test("find() gives what was created, and undefined for an unknown id", async () => {
      const upload = newUpload(newRepository(), { algorithm: "sha512", offset: 3, digest: newDigest() })
      expect(await metadata.uploads.create(upload, UNLIMITED)).toBe(true)
      expect(await metadata.uploads.find(upload.id)).toEqual(upload)
      expect(await metadata.uploads.find("unknown")).toBeUndefined()
    })

    test("create() does not bring the repository into being", async () => {
      const repository = newRepository()
      await metadata.uploads.create(newUpload(repository), UNLIMITED)
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })

    test("update() records progress, and forgets a digest that is not given", async () => {
      const upload = newUpload(newRepository(), { digest: newDigest() })
      await metadata.uploads.create(upload, UNLIMITED)
      const digest = newDigest()
      await metadata.uploads.update(upload.id, { algorithm: "sha256", offset: 5_000_000_000, digest })
      expect(await metadata.uploads.find(upload.id)).toEqual({ ...upload, offset: 5_000_000_000, digest })
      await metadata.uploads.update(upload.id, { algorithm: "sha512", offset: 7 })
      const { digest: _, ...unhashed } = upload
      expect(await metadata.uploads.find(upload.id)).toStrictEqual({ ...unhashed, algorithm: "sha512", offset: 7 })
    })

    test("count() grows and shrinks with them", async () => {
      const before = await metadata.uploads.count()
      const uploads = [newUpload(newRepository()), newUpload(newRepository())]
      for (const upload of uploads) await metadata.uploads.create(upload, UNLIMITED)
      expect(await metadata.uploads.count()).toBe(before + 2)
      for (const { id } of uploads) await metadata.uploads.delete(id)
      expect(await metadata.uploads.count()).toBe(before)
    })

    test("update() of an unknown id is passed over", async () => {
      await metadata.uploads.update("unknown", { algorithm: "sha256", offset: 1 })
      expect(await metadata.uploads.find("unknown")).toBeUndefined()
    })

    test("delete() tells whether there was one", async () => {
      const upload = newUpload(newRepository())
      await metadata.uploads.create(upload, UNLIMITED)
      expect(await metadata.uploads.delete(upload.id)).toBe(true)
      expect(await metadata.uploads.delete(upload.id)).toBe(false)
      expect(await metadata.uploads.find(upload.id)).toBeUndefined()
    })

    test("create() gives false at the limit, also when many come at once", async () => {
      const [repository, quotaKey] = [newRepository(), "at-the-limit"]
      const uploads = Array.from({ length: 8 }, () => newUpload(repository, { quotaKey }))
      const limit = { maxOpen: 3, activeSince: 0 }
      const created = await Promise.all(uploads.map((upload) => metadata.uploads.create(upload, limit)))
      expect(created.filter(Boolean)).toHaveLength(3)
      const stored = await Promise.all(uploads.map(({ id }) => metadata.uploads.find(id)))
      expect(stored.filter((upload) => upload !== undefined)).toHaveLength(3)
      expect(await metadata.uploads.create(newUpload(repository), limit)).toBe(true)
    })

    test("create() counts neither uploads that ended nor those without activity", async () => {
      const [repository, quotaKey] = [newRepository(), "activity"]
      const [idle, active] = [newUpload(repository, { quotaKey }), newUpload(repository, { quotaKey })]
      await metadata.uploads.create(idle, UNLIMITED)
      await metadata.uploads.create(active, UNLIMITED)
      clock.advance(1000)
      const limit = { maxOpen: 1, activeSince: clock.now() }
      await metadata.uploads.update(active.id, { algorithm: "sha256", offset: 1 })
      expect(await metadata.uploads.create(newUpload(repository, { quotaKey }), limit)).toBe(false)
      await metadata.uploads.delete(active.id)
      expect(await metadata.uploads.create(newUpload(repository, { quotaKey }), limit)).toBe(true)
    })

    test("create() of an id that is taken is an error, and what was asked for beside it is done", async () => {
      const repository = newRepository()
      const [taken, before, after] = [newUpload(repository), newUpload(repository), newUpload(repository)]
      await metadata.uploads.create(taken, UNLIMITED)
      const [first, failed, last] = await Promise.allSettled(
        [before, { ...taken, offset: 9 }, after].map((upload) => metadata.uploads.create(upload, UNLIMITED)),
      )
      expect([first?.status, failed?.status, last?.status]).toEqual(["fulfilled", "rejected", "fulfilled"])
      expect(failed?.status === "rejected" && failed.reason).toBeInstanceOf(Error)
      expect(await metadata.uploads.find(before.id)).toEqual(before)
      expect(await metadata.uploads.find(taken.id)).toEqual(taken)
      expect(await metadata.uploads.find(after.id)).toEqual(after)
    })

    test("listAbandoned() gives the oldest first, and none that was active since", async () => {
      clock.advance(1_000_000)
      const begun = clock.now()
      const uploads = Array.from({ length: 4 }, () => newUpload(newRepository()))
      for (const upload of uploads) {
        await metadata.uploads.create(upload, UNLIMITED)
        clock.advance(10)
      }
      await metadata.uploads.update(uploads[0]?.id ?? "", { algorithm: "sha256", offset: 0 })
      const abandoned = await metadata.uploads.listAbandoned(begun + 30, 1000)
      expect(abandoned.slice(-2)).toEqual(uploads.slice(1, 3))
      expect(abandoned).not.toContainEqual(uploads[3])
      const [oldest] = abandoned
      expect(await metadata.uploads.listAbandoned(begun + 30, 1)).toEqual(oldest === undefined ? [] : [oldest])
    })
  })
}
