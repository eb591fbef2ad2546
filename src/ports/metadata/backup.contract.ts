import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import {
  createManualClock,
  newManifest,
  newRepository,
  putBlob,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const origin = { version: "1.2.3", root: "/data" }

export function describeBackupRecords(open: OpenMetadata): void {
  describe("backup", () => {
    const clock = createManualClock()
    let metadata: Metadata
    beforeAll(async () => {
      metadata = await open(clock)
    })
    afterAll(() => metadata.close())
    const make = (id: string, signal = new AbortController().signal) =>
      metadata.backup.create(id, { origin, signal, progress: () => undefined })

    test("says what it holds, and when it was made", async () => {
      const repository = newRepository()
      await putBlob(metadata, repository)
      await metadata.manifests.put(newManifest(repository, { tags: tagsOf("a", "b") }))
      const manifest = await make("first")
      expect(manifest).toMatchObject({ format: 1, ...origin, createdAt: new Date(clock.now()).toISOString() })
      expect(manifest.counts).toEqual({ repositories: 1, tags: 2, manifests: 1, blobs: 1, blobBytes: 10 })
      expect((await metadata.backup.find("first"))?.sizeBytes).toBeGreaterThan(0)
    })

    test("may be made while writes go on", async () => {
      const repository = newRepository()
      const pushed = Array.from({ length: 50 }, () => metadata.manifests.put(newManifest(repository)))
      const { counts } = await make("second")
      await Promise.all(pushed)
      expect(counts.manifests).toBeLessThanOrEqual(51)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(50)
    })

    test("one that is cancelled leaves nothing", async () => {
      const controller = new AbortController()
      controller.abort(new Error("cancelled"))
      expect(make("third", controller.signal)).rejects.toThrow("cancelled")
      expect(await metadata.backup.find("third")).toBeUndefined()
    })

    test("is forgotten when it was fetched, and not with what an earlier process left", async () => {
      await make("fourth")
      await metadata.backup.delete("fourth")
      await metadata.backup.delete("fourth")
      expect(await metadata.backup.find("fourth")).toBeUndefined()
      await make("fifth")
      await metadata.backup.deleteLeft()
      expect(await metadata.backup.find("fifth")).toBeDefined()
      await metadata.backup.delete("fifth")
    })
  })
}
