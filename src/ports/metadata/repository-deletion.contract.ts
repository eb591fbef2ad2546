import { describe, expect, test } from "bun:test"
import { parseTag } from "../../domain/tag.ts"
import { newManifest, newRepository, putBlob, referenceTo, tagsOf, type OpenMetadata } from "./fixture.contract.ts"
import type { ManifestPut } from "./manifests.ts"
import { openForEach, type Scene } from "./scene.contract.ts"

const bob = { actor: "bob" }
/** More than two steps change. */
const TAGS = 500
/** More than one step changes. */
const MANIFESTS = 210

export function describeRepositoryDeletion(open: OpenMetadata): void {
  describe("repositories: one that is large", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    async function fill(manifestCount = 1): Promise<ManifestPut[]> {
      const references = [referenceTo(await putBlob(metadata, repository))]
      const manifests = Array.from({ length: manifestCount }, (_, index) => {
        const names = index === 0 ? Array.from({ length: TAGS }, (__, tag) => `t${tag}`) : []
        return newManifest(repository, { references, tags: tagsOf(...names) })
      })
      await Promise.all(manifests.map((each) => metadata.manifests.put(each)))
      clock.advance(1)
      return manifests
    }

    /** What a client sees of it. */
    async function look([first]: ManifestPut[]) {
      const names = [parseTag("t0"), parseTag(`t${TAGS - 1}`)]
      const [tag, last] = await Promise.all(names.map((name) => metadata.tags.find(repository, name)))
      const manifest = first && (await metadata.manifests.find(repository, first.digest))
      const layer = first?.references[0]
      const blob = layer && (await metadata.blobs.find(repository, layer.digest))
      return [tag, last, manifest, blob].map((each) => each !== undefined)
    }
    const [all, nothing] = [
      [true, true, true, true],
      [false, false, false, false],
    ]

    test("is deleted as a whole: whoever looks meanwhile sees all of it or nothing", async () => {
      const manifests = await fill(MANIFESTS)
      expect(await look(manifests)).toEqual(all)
      const deletion = metadata.repositories.delete(repository, bob)
      const looks = await Promise.all(Array.from({ length: 5 }, () => look(manifests)))
      expect(looks).toEqual(Array.from({ length: 5 }, () => nothing))
      expect(await deletion).toEqual({ tagCount: TAGS, manifestCount: MANIFESTS })
      expect(await metadata.repositories.exists(repository)).toBe(false)
      clock.advance(1)
      const restored = { manifests: MANIFESTS, tagCount: TAGS, kept: [], keptCount: 0 }
      expect(await metadata.history.restoreRepository(repository, bob)).toMatchObject(restored)
      expect(await look(manifests)).toEqual(all)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(MANIFESTS)
    })

    test("is purged as a whole, and whoever wants it back meanwhile waits until nothing can come back", async () => {
      const manifests = await fill(MANIFESTS)
      const purge = metadata.repositories.delete(repository, { ...bob, isPurge: true })
      expect(await metadata.history.restoreRepository(repository, bob)).toBeUndefined()
      expect(await purge).toEqual({ tagCount: TAGS, manifestCount: MANIFESTS, purgedCount: MANIFESTS })
      expect(await look(manifests)).toEqual(nothing)
      expect(await metadata.history.tallyDeleted(repository, { after: "", limit: 1000 })).toMatchObject({ count: 0 })
    })

    test("lets other writes have their turn while it is deleted", async () => {
      await fill()
      const order: string[] = []
      const deletion = metadata.repositories.delete(repository, bob).then(() => order.push("deletion"))
      await metadata.manifests.put(newManifest(newRepository())).then(() => order.push("other"))
      await deletion
      expect(order).toEqual(["other", "deletion"])
    })

    test("has what is pushed while it is deleted, and nothing else", async () => {
      const manifests = await fill()
      const deletion = metadata.repositories.delete(repository, bob)
      const newer = newManifest(repository, { tags: tagsOf("t0") })
      await Promise.all([deletion, metadata.manifests.put(newer)])
      expect(await look(manifests)).toEqual([true, false, false, false])
      expect(await metadata.tags.find(repository, parseTag("t0"))).toMatchObject({ digest: newer.digest })
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
    })

    test("comes back as a whole: whoever looks meanwhile sees all of it", async () => {
      const manifests = await fill(MANIFESTS)
      await metadata.repositories.delete(repository, bob)
      const restoration = metadata.history.restoreRepository(repository, bob)
      const looks = await Promise.all(Array.from({ length: 5 }, () => look(manifests)))
      expect(looks).toEqual(Array.from({ length: 5 }, () => all))
      expect(await restoration).toMatchObject({ manifests: MANIFESTS, tagCount: TAGS, kept: [] })
    })

    test("lets other writes have their turn while it comes back", async () => {
      await fill()
      await metadata.repositories.delete(repository, bob)
      const order: string[] = []
      const restoration = metadata.history.restoreRepository(repository, bob).then(() => order.push("restoration"))
      await metadata.manifests.put(newManifest(newRepository())).then(() => order.push("other"))
      await restoration
      expect(order).toEqual(["other", "restoration"])
    })

    test("is pushed to and deleted after it has come back, by whoever asks meanwhile", async () => {
      const manifests = await fill()
      await metadata.repositories.delete(repository, bob)
      clock.advance(1)
      const newer = newManifest(repository, { tags: tagsOf("t0") })
      const [restored] = await Promise.all([
        metadata.history.restoreRepository(repository, bob),
        metadata.manifests.put(newer),
      ])
      expect(restored).toMatchObject({ tagCount: TAGS, kept: [] })
      expect(await metadata.tags.find(repository, parseTag("t0"))).toMatchObject({ digest: newer.digest })
      expect(await metadata.repositories.findManifestCount(repository)).toBe(2)
      clock.advance(1)
      await metadata.repositories.delete(repository, bob)
      clock.advance(1)
      const [again, deleted] = await Promise.all([
        metadata.history.restoreRepository(repository, bob),
        metadata.repositories.delete(repository, bob),
      ])
      expect(again).toMatchObject({ manifests: 2, tagCount: TAGS })
      expect(deleted).toEqual({ tagCount: TAGS, manifestCount: 2 })
      expect(await look(manifests)).toEqual(nothing)
    })

    test("comes back beside what was pushed since, of which a hundred tags are named", async () => {
      await fill()
      await metadata.repositories.delete(repository, bob)
      const since = Array.from({ length: 150 }, (_, tag) => `t${tag * 3}`)
      const newer = newManifest(repository, { tags: tagsOf(...since) })
      await metadata.manifests.put(newer)
      const restored = await metadata.history.restoreRepository(repository, bob)
      expect(restored).toMatchObject({ manifests: 1, tagCount: TAGS - since.length })
      expect(restored?.kept).toHaveLength(100)
      expect(restored?.keptCount).toBe(150)
      expect(since).toEqual(expect.arrayContaining(restored?.kept ?? []))
      expect(await metadata.tags.find(repository, parseTag("t3"))).toMatchObject({ digest: newer.digest })
    })

    test("is not judged by the collector before it is deleted as a whole", async () => {
      await fill()
      const deletion = metadata.repositories.delete(repository, bob)
      const now = clock.now() + 1
      const cutoffs = { touchedBefore: now, deletedBefore: now, untaggedBefore: now, held: [], limit: 50 }
      expect(await metadata.gc.review("untagged", cutoffs)).toMatchObject({ collected: [] })
      await deletion
      expect(await metadata.history.restoreRepository(repository, bob)).toMatchObject({ manifests: 1 })
    })
  })
}
