import { describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { parseTag } from "../../domain/tag.ts"
import {
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import { collectAll, HOUR, putNewManifest, surveyAll } from "./gc-scene.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { ManifestPut } from "./manifests.ts"

export function describeGcRecords(open: OpenMetadata): void {
  describe("gc", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    const collect = (options: Parameters<typeof collectAll>[1] = {}) => collectAll({ metadata, clock }, options)
    const putManifest = (changes: Partial<ManifestPut> = {}) => putNewManifest({ metadata, repository }, changes)
    const isThere = async (digest: Digest) => (await metadata.blobs.find(repository, digest)) !== undefined
    const stateOf = async (digest: Digest) => (await metadata.gc.explain(digest)).copies.map(({ state }) => state)
    const condemnAll = () => metadata.gc.giveUp({ condemnedBefore: Infinity, limit: 10 })

    test("a blob that no manifest names goes when the time has passed, and not a moment before", async () => {
      const digest = await putBlob(metadata, repository)
      clock.advance(HOUR - 1)
      expect(await collect()).toEqual({})
      clock.advance(1)
      expect(await collect()).toEqual({ link: 1, blob: 1 })
      expect(await isThere(digest)).toBe(false)
      expect(await stateOf(digest)).toEqual(["condemned"])
    })

    test("a blob that a manifest names stays, with the manifest, whatever its age", async () => {
      const digest = await putBlob(metadata, repository)
      await putManifest({ references: [referenceTo(digest)] })
      clock.advance(100 * HOUR)
      expect(await collect()).toEqual({})
      expect(await isThere(digest)).toBe(true)
    })

    test("touch() begins the time anew, and says so when there is nothing any more", async () => {
      const digest = await putBlob(metadata, repository)
      clock.advance(HOUR)
      expect(await metadata.blobs.touch(repository, digest)).toBe(true)
      expect(await collect()).toEqual({})
      clock.advance(HOUR)
      expect(await collect()).toEqual({ link: 1, blob: 1 })
      expect(await metadata.blobs.touch(repository, digest)).toBe(false)
    })

    test("a manifest that was deleted holds what it names until its time has passed; then all of it goes", async () => {
      const digest = await putBlob(metadata, repository)
      const manifest = await putManifest({ references: [referenceTo(digest)], tags: tagsOf("a") })
      clock.advance(10 * HOUR)
      await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })
      expect(await collect()).toEqual({})
      expect(await isThere(digest)).toBe(true)
      clock.advance(HOUR)
      expect(await collect()).toEqual({ manifest: 1, link: 1, blob: 1 })
      expect(await metadata.manifests.findBytes(manifest.digest)).toBeUndefined()
    })

    test("a manifest that is pushed again after it was deleted stays", async () => {
      const digest = await putBlob(metadata, repository)
      const manifest = await putManifest({ references: [referenceTo(digest)] })
      await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })
      await metadata.manifests.put(manifest)
      clock.advance(2 * HOUR)
      expect(await collect()).toEqual({})
      expect(await metadata.manifests.find(repository, manifest.digest)).toBeDefined()
    })

    test("a body stays while another repository has the manifest", async () => {
      const manifest = await putManifest()
      await metadata.manifests.put({ ...manifest, repository: newRepository() })
      await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })
      clock.advance(HOUR)
      expect(await collect()).toEqual({ manifest: 1 })
      expect(await metadata.manifests.findBytes(manifest.digest)).toEqual(manifest.bytes)
    })

    test("a blob stays while another repository has it", async () => {
      const other = newRepository()
      const digest = await putBlob(metadata, repository)
      await metadata.blobs.mount(digest, { from: repository, to: other })
      await metadata.manifests.put(newManifest(other, { references: [referenceTo(digest)] }))
      clock.advance(HOUR)
      expect(await collect()).toEqual({ link: 1 })
      expect(await stateOf(digest)).toEqual(["live"])
    })

    test("a deleted blob that a manifest names is gone for readers, and its bytes stay", async () => {
      const digest = await putBlob(metadata, repository)
      await putManifest({ references: [referenceTo(digest)] })
      await metadata.blobs.unlink(repository, digest, { actor: "bob" })
      clock.advance(HOUR)
      expect(await collect()).toEqual({})
      expect(await isThere(digest)).toBe(false)
      expect(await stateOf(digest)).toEqual(["live"])
      expect((await metadata.gc.explain(digest)).links).toMatchObject([{ repository, deletedAt: expect.any(Number) }])
    })

    test("a deleted repository goes with all that it had, and comes back empty by a push", async () => {
      const digest = await putBlob(metadata, repository)
      await putManifest({ references: [referenceTo(digest)], tags: tagsOf("a", "b") })
      await putManifest()
      await metadata.repositories.delete(repository, { actor: "bob" })
      expect(await collect()).toEqual({})
      clock.advance(HOUR)
      expect(await collect()).toEqual({ manifest: 2, link: 1, blob: 1, repository: 1 })
      expect(await metadata.repositories.exists(repository)).toBe(false)
      await putManifest()
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
    })

    test("a repository that was deleted and pushed to again keeps what is new", async () => {
      await putManifest({ tags: tagsOf("old") })
      await metadata.repositories.delete(repository, { actor: "bob" })
      const manifest = await putManifest({ tags: tagsOf("new") })
      clock.advance(HOUR)
      expect(await collect()).toEqual({ manifest: 1 })
      expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
      expect(await metadata.tags.find(repository, parseTag("new"))).toMatchObject({ digest: manifest.digest })
    })

    test("nothing of a repository that is held goes", async () => {
      const digest = await putBlob(metadata, repository)
      clock.advance(HOUR)
      expect(await collect({ held: [repository] })).toEqual({})
      expect(await isThere(digest)).toBe(true)
      clock.advance(HOUR)
      expect(await collect()).toEqual({ link: 1, blob: 1 })
    })

    test("what is held is looked at once in a run, also where there is more of it than a step looks at", async () => {
      for (let at = 0; at < 5; at++) {
        await putBlob(metadata, repository)
        await putManifest()
      }
      clock.advance(HOUR)
      for (const untagged of [false, true]) expect(await collect({ held: [repository], untagged })).toEqual({})
      await surveyAll(metadata)
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 5, link: 5, blob: 5 })
    })

    describe("a condemned blob", () => {
      test("is given up, forgotten, and noted", async () => {
        const digest = await putBlob(metadata, repository)
        clock.advance(HOUR)
        await collect()
        expect(await metadata.gc.giveUp({ condemnedBefore: clock.now() - 1, limit: 10 })).toEqual([])
        const copy = { digest, generation: 0, sizeBytes: 10 }
        expect(await condemnAll()).toEqual([{ ...copy, isSuperseded: false }])
        expect(await metadata.gc.listGivenUp(10)).toEqual([copy])
        await metadata.gc.forget([copy])
        await metadata.gc.forget([copy])
        expect(await metadata.gc.listGivenUp(10)).toEqual([])
        const { removals } = await metadata.gc.explain(digest)
        expect(removals.map(({ kind, reason }) => [kind, reason])).toEqual([
          ["blob", "unreferenced"],
          ["link", "unreferenced"],
        ])
        expect(await metadata.blobs.nextGeneration(digest)).toBe(0)
      })

      test("that was set aside as damaged is forgotten, and neither collected nor removed a second time", async () => {
        const digest = await putBlob(metadata, repository)
        const copy = { digest, generation: 0, sizeBytes: 10 }
        const why = async () => (await metadata.gc.explain(digest)).removals.map(({ reason }) => reason)
        const blob = await metadata.scrub.find(copy)
        if (blob === undefined) throw new Error("the blob is gone")
        clock.advance(1)
        await metadata.scrub.condemn(blob, "changed")
        await metadata.scrub.putMoved(copy, "sha256-0.0")
        expect(await why()).toEqual(["damaged"])
        expect(await metadata.gc.forget([copy])).toEqual([])
        const setAside = [{ generation: 0, name: "sha256-0.0" }]
        expect(await metadata.gc.explain(digest)).toMatchObject({ copies: [], removals: [{}], setAside })
        clock.advance(1)
        await metadata.blobs.put(copy, { repository })
        clock.advance(HOUR)
        expect(await collect()).toEqual({ link: 1, blob: 1 })
        await condemnAll()
        expect(await metadata.gc.forget([copy])).toEqual([copy])
        expect((await why())[0]).toBe("unreferenced")
      })

      test("is left to the collector by an upload, which gets another key", async () => {
        const digest = await putBlob(metadata, repository)
        clock.advance(HOUR)
        await collect()
        const generation = await metadata.blobs.nextGeneration(digest)
        expect(generation).toBe(1)
        await metadata.blobs.put({ digest, generation, sizeBytes: 10 }, { repository })
        expect(await condemnAll()).toEqual([{ digest, generation: 0, sizeBytes: 10, isSuperseded: true }])
        expect(await stateOf(digest)).toEqual(["deleting", "live"])
        await metadata.gc.forget([{ digest, generation: 0, sizeBytes: 10 }])
        expect((await metadata.gc.explain(digest)).removals[0]).toMatchObject({ kind: "blob", reason: "superseded" })
        expect(await isThere(digest)).toBe(true)
      })
    })

    test("survey() queues nothing that is needed or that waits already, and comes to an end", async () => {
      for (let i = 0; i < 10; i++) {
        const references = [referenceTo(await putBlob(metadata, repository))]
        await putManifest({ references, tags: tagsOf(`t${i}`) })
      }
      const lone = await putBlob(metadata, repository)
      clock.advance(HOUR / 2)
      expect(await surveyAll(metadata)).toBeGreaterThan(10)
      clock.advance(HOUR / 2)
      expect(await collect({ untagged: true })).toEqual({ link: 1, blob: 1 })
      expect(await isThere(lone)).toBe(false)
    })

    test("survey() goes through many small repositories in one step, and not through all in it", async () => {
      for (let i = 0; i < 20; i++) await putManifest({ repository: newRepository(), tags: tagsOf("v1") })
      // Each has a manifest, no references and no links: three look-ups.
      expect(await surveyAll(metadata, 1000)).toBe(1)
      expect(await surveyAll(metadata, 30)).toBe(3)
      expect(await surveyAll(metadata, 3)).toBeGreaterThanOrEqual(20)
    })

    test("sight() gives up, at the second look, what has no row and what no link of distribution's names", async () => {
      const [orphan, named, manifest] = [newDigest(), newDigest(), await putManifest()]
      const blob = await putBlob(metadata, repository)
      await metadata.exports.putBase(repository, "blob", [{ name: named, digest: named }])
      const objects = [orphan, named, manifest.digest, blob].map((digest) => ({ digest, generation: 0, sizeBytes: 7 }))
      expect(await metadata.gc.sight(objects, clock.now() - HOUR)).toEqual([])
      clock.advance(HOUR - 1)
      expect(await metadata.gc.sight(objects, clock.now() - HOUR)).toEqual([])
      clock.advance(1)
      expect(await metadata.gc.sight(objects, clock.now() - HOUR)).toEqual([orphan])
      expect(await metadata.gc.listGivenUp(10)).toEqual([{ digest: orphan, generation: 0, sizeBytes: 7 }])
      // An upload at this moment gets another key.
      expect(await metadata.blobs.nextGeneration(orphan)).toBe(1)
    })

    test("what was seen without a row and has one by now is forgotten", async () => {
      const digest = newDigest()
      const object = { digest, generation: 0, sizeBytes: 10 }
      await metadata.gc.sight([object], 0)
      expect((await backlog()).orphans).toBe(1)
      await metadata.blobs.put(object, { repository })
      clock.advance(HOUR)
      expect(await metadata.gc.sight([object], clock.now())).toEqual([])
      expect((await backlog()).orphans).toBe(0)
    })

    const backlog = () => metadata.gc.countBacklog({ touchedBefore: clock.now(), deletedBefore: clock.now() })

    test("countBacklog() counts what waits and what is due", async () => {
      await putBlob(metadata, repository)
      expect(await backlog()).toMatchObject({ reviews: { link: 1, blob: 0 }, due: 1, condemned: 0 })
      clock.advance(HOUR)
      await collect()
      expect(await backlog()).toMatchObject({ reviews: { link: 0, blob: 0 }, due: 0, condemned: 1, condemnedBytes: 10 })
      await condemnAll()
      expect(await backlog()).toMatchObject({ condemned: 0, deleting: 1 })
    })

    test("countBacklog() counts no more than one above ten thousand", async () => {
      const references = Array.from({ length: 10_050 }, () => referenceTo(newDigest(), "manifest"))
      const { digest } = await putManifest({ references, checksReferences: false })
      await metadata.manifests.delete(repository, digest, { actor: "bob" })
      clock.advance(HOUR)
      expect(await collect()).toEqual({ manifest: 1 })
      const cutoffs = { touchedBefore: clock.now(), deletedBefore: clock.now(), untaggedBefore: clock.now() }
      expect(await metadata.gc.countBacklog(cutoffs)).toMatchObject({ reviews: { untagged: 10_001 }, due: 10_001 })
    })

    test("a walk keeps its place", async () => {
      expect(await metadata.gc.findWalk("objects")).toBeUndefined()
      await metadata.gc.putWalk("objects", { position: "x", startedAt: 5 })
      expect(await metadata.gc.findWalk("objects")).toEqual({ position: "x", startedAt: 5 })
      await metadata.gc.putWalk("objects", { position: "", startedAt: 5, endedAt: 7 })
      expect(await metadata.gc.findWalk("objects")).toEqual({ position: "", startedAt: 5, endedAt: 7 })
      expect(await metadata.gc.findWalk("records")).toBeUndefined()
    })

    test("prune() forgets old history in steps, but never who made a tag what it is", async () => {
      const [first, second] = [await putManifest({ tags: tagsOf("a") }), await putManifest({ tags: tagsOf("a") })]
      await metadata.manifests.delete(repository, first.digest, { actor: "bob" })
      clock.advance(HOUR)
      expect(await metadata.gc.prune(clock.now(), { limit: 100 })).toEqual({ rows: 2 })
      expect((await metadata.gc.explain(first.digest)).removals).toEqual([])
      expect(await metadata.exports.listHistory(repository, parseTag("a"), 10)).toEqual([second.digest])
      expect(await metadata.gc.prune(clock.now(), { limit: 100 })).toEqual({ rows: 0 })
    })

    test("prune() looks at so many changes in a step, also of tags that stay, and goes on behind them", async () => {
      const names = ["a", "b", "c", "d", "e"]
      // Two at once each: the place in between is found by more than the time.
      const staying = await putManifest({ tags: tagsOf(...names) })
      for (let times = 0; times < 2; times++) await putManifest({ tags: tagsOf("z") })
      clock.advance(HOUR)
      const before = clock.now()
      const first = await metadata.gc.prune(before, { limit: 3 })
      expect(first).toEqual({ rows: 0, next: { at: expect.any(Number), id: expect.any(Number) } })
      let { next: after } = first
      const steps: number[] = []
      while (after !== undefined) {
        const { rows, next } = await metadata.gc.prune(before, { limit: 3, after })
        steps.push(rows)
        after = next
      }
      expect(steps).toEqual([1, 0])
      for (const tag of tagsOf(...names))
        expect(await metadata.exports.listHistory(repository, tag, 10)).toEqual([staying.digest])
    })

    test("explain() tells who has a blob and what names it", async () => {
      const digest = await putBlob(metadata, repository)
      const manifest = await putManifest({ references: [referenceTo(digest)], tags: tagsOf("b", "a") })
      const found = await metadata.gc.explain(digest)
      expect(found).toMatchObject({
        copies: [{ generation: 0, sizeBytes: 10, state: "live" }],
        links: [{ repository }],
        referencedBy: [{ repository, manifest: manifest.digest, kind: "layer" }],
        reviews: [{ kind: "link", repository }],
        removals: [],
      })
      expect(found.referencedBy[0]).not.toHaveProperty("deletedAt")
      const { manifests } = await metadata.gc.explain(manifest.digest)
      expect(manifests).toMatchObject([{ repository, tags: ["a", "b"] }])
      expect((await metadata.gc.explain(newDigest())).copies).toEqual([])
    })
  })
}
