import { describe, expect, test } from "bun:test"
import { parseTag } from "../../domain/tag.ts"
import type { ReviewKind } from "./gc.ts"
import { newManifest, putImage, tagsOf, type OpenMetadata } from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { ManifestPut } from "./manifests.ts"

const HOUR = 3_600_000
const bob = { actor: "bob" }

/** The end of undo before its time. */
export function describePurges(open: OpenMetadata): void {
  describe("purges", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    async function put(...tags: string[]): Promise<ManifestPut> {
      return putImage(metadata, repository, { tags: tagsOf(...tags) })
    }

    /** With a grace of an hour for what was deleted, and of one for what clients were told of. */
    async function collect(): Promise<Partial<Record<ReviewKind, number>>> {
      const before = clock.now() - HOUR
      const cutoffs = { touchedBefore: before, deletedBefore: before, held: [], limit: 100 }
      const counts: Partial<Record<ReviewKind, number>> = {}
      for (const kind of ["manifest", "link", "blob", "repository"] as const) {
        const { length } = (await metadata.gc.review(kind, cutoffs)).collected
        if (length > 0) counts[kind] = length
      }
      return counts
    }

    /** Gives how many manifests could be brought back until then. */
    const purgeAll = async () =>
      (await metadata.repositories.delete(repository, { ...bob, isPurge: true }))?.purgedCount

    async function expectNothingBack(manifests: ManifestPut[]): Promise<void> {
      expect(await metadata.history.previewRepository(repository)).toBeUndefined()
      expect(await metadata.history.restoreRepository(repository, bob)).toBeUndefined()
      for (const { digest } of manifests)
        expect(await metadata.history.restoreManifest(repository, digest, bob)).toBeUndefined()
    }

    test("a purged manifest cannot be restored, and goes with the next run; what clients were told of stays for its time", async () => {
      const { digest, references } = await put("latest")
      await metadata.manifests.delete(repository, digest, bob)
      expect(await metadata.manifests.delete(repository, digest, { ...bob, isPurge: true })).toBe(true)
      expect(await metadata.manifests.delete(repository, digest, { ...bob, isPurge: true })).toBe(false)
      expect(await metadata.history.findState(repository, digest)).toBe("gone")
      const target = { repository, tag: parseTag("latest"), digest }
      expect(await metadata.history.previewTag(target)).toBeUndefined()
      expect(await metadata.history.restoreTag(target, bob)).toBeUndefined()
      expect(await metadata.history.restoreManifest(repository, digest, bob)).toBeUndefined()
      const [latest] = (await metadata.history.list(repository, { limit: 10 })).items.slice(-1)
      expect(latest).toMatchObject({ to: digest, state: "gone" })
      const { manifests, removals } = await metadata.gc.explain(digest)
      expect(manifests).toMatchObject([{ deletedAt: clock.now(), isPurged: true }])
      expect(removals).toMatchObject([{ reason: "purged", actor: "bob" }, { reason: "deleted" }])
      expect(await collect()).toEqual({ manifest: 1 })
      const [layer] = references
      expect(layer && (await metadata.blobs.find(repository, layer.digest))).toBeDefined()
      clock.advance(HOUR)
      expect(await collect()).toEqual({ link: 1, blob: 1 })
    })

    test("nobody brings a manifest back between its deletion and its purge", async () => {
      const { digest } = await put("latest")
      const purge = metadata.manifests.delete(repository, digest, { ...bob, isPurge: true })
      expect(await metadata.history.restoreManifest(repository, digest, bob)).toBeUndefined()
      expect(await purge).toBe(true)
      expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
      expect(await metadata.history.findState(repository, digest)).toBe("gone")
    })

    test("bytes that another manifest needs stay, and a purged manifest that is pushed again is there", async () => {
      const manifest = await put("latest")
      const other = newManifest(repository, { references: manifest.references, tags: tagsOf("other") })
      await metadata.manifests.put(other)
      await metadata.manifests.delete(repository, manifest.digest, { ...bob, isPurge: true })
      clock.advance(2 * HOUR)
      expect(await collect()).toEqual({ manifest: 1 })
      const [layer] = manifest.references
      expect(layer && (await metadata.blobs.find(repository, layer.digest))).toBeDefined()
      await metadata.manifests.delete(repository, other.digest, { ...bob, isPurge: true })
      expect(await metadata.manifests.put(other)).toEqual({ missing: [] })
      clock.advance(2 * HOUR)
      expect(await collect()).toEqual({})
      expect(await metadata.manifests.find(repository, other.digest)).toBeDefined()
    })

    test("a repository that was deleted is purged with all that was deleted in it before, and nothing comes back", async () => {
      const earlier = await put("earlier")
      await metadata.manifests.delete(repository, earlier.digest, bob)
      clock.advance(10)
      const images = [await put("a"), await put("b"), await put()]
      await metadata.repositories.delete(repository, bob)
      clock.advance(10)
      const tally = await metadata.history.tallyDeleted(repository, { after: "", limit: 100 })
      expect(tally).toEqual({ count: 4, next: undefined })
      const purged = await metadata.repositories.delete(repository, { ...bob, isPurge: true })
      expect(purged).toEqual({ tagCount: 0, manifestCount: 0, purgedCount: 4 })
      expect(await purgeAll()).toBe(0)
      expect((await metadata.history.tallyDeleted(repository, { after: "", limit: 100 })).count).toBe(0)
      await expectNothingBack([earlier, ...images])
      const since = await put("since")
      expect(await collect()).toEqual({ manifest: 4 })
      expect(await metadata.manifests.find(repository, since.digest)).toBeDefined()
      clock.advance(HOUR)
      expect(await collect()).toEqual({ link: 4, blob: 4 })
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
    })

    test("a repository is deleted and purged at once, with what it has and what was deleted in it before", async () => {
      const earlier = await put("earlier")
      await metadata.manifests.delete(repository, earlier.digest, bob)
      clock.advance(10)
      const image = await put("a", "b")
      const purged = await metadata.repositories.delete(repository, { ...bob, isPurge: true })
      expect(purged).toEqual({ tagCount: 2, manifestCount: 1, purgedCount: 2 })
      expect(await metadata.repositories.exists(repository)).toBe(false)
      await expectNothingBack([earlier, image])
      expect((await metadata.gc.explain(image.digest)).manifests).toMatchObject([{ isPurged: true }])
      expect(await collect()).toEqual({ manifest: 2 })
    })

    test("the links of a purged repository wait for what clients were told, not for the deletion", async () => {
      await put("a")
      clock.advance(HOUR)
      await purgeAll()
      expect(await collect()).toEqual({ manifest: 1, link: 1, blob: 1, repository: 1 })
      expect(await metadata.repositories.exists(repository)).toBe(false)
    })
  })
}
