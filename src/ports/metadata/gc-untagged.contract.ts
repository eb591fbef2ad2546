import { describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { parseTag } from "../../domain/tag.ts"
import { newDigest, referenceTo, tagsOf, type OpenMetadata } from "./fixture.contract.ts"
import { collectAll, HOUR, putNewManifest, surveyAll } from "./gc-scene.contract.ts"
import type { ManifestPut } from "./manifests.ts"
import { openForEach, type Scene } from "./scene.contract.ts"

export function describeGcUntagged(open: OpenMetadata): void {
  describe("gc: untagged manifests", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    const collect = (options: Parameters<typeof collectAll>[1] = {}) => collectAll({ metadata, clock }, options)
    const putManifest = (changes: Partial<ManifestPut> = {}) => putNewManifest({ metadata, repository }, changes)
    const putReferrer = ({ digest }: { digest: Digest }, tag?: string) =>
      putManifest({
        references: [referenceTo(digest, "subject")],
        subject: digest,
        ...(tag !== undefined && { tags: tagsOf(tag) }),
      })
    const untag = (tag: string) => metadata.tags.delete(repository, parseTag(tag), { actor: "bob" })
    const remove = ({ digest }: { digest: Digest }) => metadata.manifests.delete(repository, digest, { actor: "bob" })
    const count = () => metadata.repositories.findManifestCount(repository)

    test("stay where that is wanted, and are marked after their time where it is not", async () => {
      const { digest } = await putManifest()
      clock.advance(HOUR)
      expect(await collect()).toEqual({})
      await surveyAll(metadata)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
      expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
      expect(await metadata.repositories.findManifestCount(repository)).toBe(0)
      expect((await metadata.gc.explain(digest)).removals).toMatchObject([{ reason: "untagged", actor: "gc" }])
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ manifest: 1 })
    })

    test("stay while they are pulled", async () => {
      const { digest } = await putManifest()
      clock.advance(HOUR)
      await metadata.manifests.markPulled([{ repository, digest }])
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
    })

    test("are counted from the restoration of a backup, which does not have the pulls since it was made", async () => {
      await putManifest()
      clock.advance(10 * HOUR)
      await metadata.gc.noteRestored()
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
    })

    test("stay when they are pushed again, for as long as new ones", async () => {
      const manifest = await putManifest()
      clock.advance(HOUR)
      await metadata.manifests.put(manifest)
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
    })

    test("of a tag that moved or was deleted are counted from then", async () => {
      const first = await putManifest({ tags: tagsOf("a") })
      clock.advance(10 * HOUR)
      await putManifest({ tags: tagsOf("a") })
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
      expect(await metadata.manifests.find(repository, first.digest)).toBeUndefined()
      await metadata.tags.delete(repository, parseTag("a"), { actor: "bob" })
      expect(await collect({ untagged: true })).toEqual({})
    })

    const moveInTree = (tag: string, { digest }: { digest: Digest }) =>
      metadata.adoption.mergeTags(repository, [{ tag: parseTag(tag), digest, changedAt: clock.now(), history: [] }])

    test("whose tag distribution has moved are counted from when that was seen", async () => {
      const { digest } = await putManifest({ tags: tagsOf("a") })
      const other = await putManifest({ tags: tagsOf("b") })
      clock.advance(10 * HOUR)
      expect(await moveInTree("a", other)).toMatchObject({ changes: 1 })
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
      expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
    })

    // While untagged manifests stay nothing waits in the queue.
    const uses: [string, (manifest: ManifestPut) => Promise<unknown>][] = [
      ["a push", (manifest) => metadata.manifests.put({ ...manifest, tags: [] })],
      ["the move of a tag", () => putManifest({ tags: tagsOf("a") })],
      ["the deletion of a tag", () => untag("a")],
      ["the move of a tag by distribution", async () => moveInTree("a", await putManifest({ tags: tagsOf("b") }))],
      [
        "a restoration",
        async ({ digest }) => {
          await remove({ digest })
          await metadata.history.restoreManifest(repository, digest, { actor: "bob" })
          clock.advance(1)
          await untag("a")
        },
      ],
      [
        "the restoration of the repository",
        async ({ digest }) => {
          await untag("a")
          clock.advance(1)
          await metadata.repositories.delete(repository, { actor: "bob" })
          clock.advance(1)
          await metadata.history.restoreRepository(repository, { actor: "bob" })
          expect(await metadata.manifests.find(repository, digest)).toBeDefined()
        },
      ],
    ]
    test.each(uses)("are counted from %s also when the age at which they go is set later", async (name, use) => {
      const manifest = await putManifest(name === "a push" ? {} : { tags: tagsOf("a") })
      clock.advance(10 * HOUR)
      await use(manifest)
      expect(await collect()).toEqual({})
      clock.advance(HOUR / 2)
      await surveyAll(metadata)
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR / 2)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
      expect(await metadata.manifests.find(repository, manifest.digest)).toBeUndefined()
    })

    test("that an index let go are counted from then also when the age at which they go is set later", async () => {
      const { digest } = await putManifest()
      const index = await putManifest({ references: [referenceTo(digest, "manifest")] })
      await remove(index)
      clock.advance(10 * HOUR)
      expect(await collect()).toEqual({ manifest: 1 })
      expect(await collect()).toEqual({})
      clock.advance(HOUR / 2)
      await surveyAll(metadata)
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR / 2)
      expect(await collect({ untagged: true })).toEqual({ untagged: 1 })
    })

    test("that an index names stay, nested ones too, until the outermost goes", async () => {
      const leaf = await putManifest()
      const inner = await putManifest({ references: [referenceTo(leaf.digest, "manifest")] })
      const outer = await putManifest({ references: [referenceTo(inner.digest, "manifest")], tags: tagsOf("a") })
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({})
      await metadata.manifests.delete(repository, outer.digest, { actor: "bob" })
      const gone: number[] = []
      for (let round = 0; round < 6; round++) {
        clock.advance(HOUR)
        const { untagged = 0, manifest = 0 } = await collect({ untagged: true })
        gone.push(untagged + manifest)
      }
      expect(gone.reduce((sum, each) => sum + each)).toBe(5)
      expect(await metadata.repositories.findManifestCount(repository)).toBe(0)
    })

    test("that are signatures stay with what they sign, and a tagged signature keeps what it signs", async () => {
      const image = await putManifest({ tags: tagsOf("a") })
      const signature = await putReferrer(image)
      const tagged = await putReferrer(image, "sha256-x")
      await untag("a")
      clock.advance(HOUR)
      await surveyAll(metadata)
      expect(await collect({ untagged: true })).toEqual({})
      await untag("sha256-x")
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 3 })
      for (const { digest } of [image, signature, tagged])
        expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ manifest: 3 })
    })

    /** An image, what is said of it, and what is said of that. */
    async function putChain(tag?: string) {
      const image = await putManifest()
      const sbom = await putReferrer(image)
      const signature = await putReferrer(sbom, tag)
      return { image, sbom, signature }
    }

    test("stay, however many referrers lie between them and one that has a tag, and go together when it has none", async () => {
      await putChain("signed")
      clock.advance(100 * HOUR)
      await surveyAll(metadata)
      for (const endsUntagged of [false, true]) expect(await collect({ untagged: true, endsUntagged })).toEqual({})
      expect(await count()).toBe(3)
      await untag("signed")
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      // Nothing but the loss of the tag has them looked at again.
      expect(await collect({ untagged: true })).toEqual({ untagged: 3 })
      expect(await count()).toBe(0)
    })

    test("stay, however many referrers lie between them and one that an index has", async () => {
      const { image, signature } = await putChain()
      const index = await putManifest({ references: [referenceTo(signature.digest, "manifest")], tags: tagsOf("all") })
      clock.advance(100 * HOUR)
      expect(await collect({ untagged: true })).toEqual({})
      await remove(index)
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ manifest: 1 })
      expect(await metadata.manifests.find(repository, image.digest)).toBeDefined()
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 3 })
    })

    /** What each step takes, until nothing is due. */
    async function* reviewUntagged(limit: number, endsUntagged = false) {
      const cutoffs = { touchedBefore: 0, deletedBefore: 0, untaggedBefore: clock.now() - HOUR, held: [], endsUntagged }
      for (let hasMore = true; hasMore;) {
        const outcome = await metadata.gc.review("untagged", { ...cutoffs, limit })
        yield outcome.collected.map(({ digest }) => digest)
        hasMore = outcome.hasMore
      }
    }

    test.each([false, true])(
      "go with all that belongs to them in one step, however full it is: at once %p",
      async (ends) => {
        for (let at = 0; at < 3; at++) {
          await putManifest()
          clock.advance(1)
        }
        const { image, sbom, signature } = await putChain()
        clock.advance(HOUR)
        const steps = await Array.fromAsync(reviewUntagged(4, ends))
        expect(steps.map(({ length }) => length).filter((length) => length > 0)).toEqual([3, 3])
        expect(steps.flat().slice(3)).toEqual([signature, sbom, image].map(({ digest }) => digest))
      },
    )

    test("go in one step with all that belongs to them also when one names more than a step lets go", async () => {
      const image = await putManifest()
      const layers = Array.from({ length: 25 }, () => referenceTo(newDigest(), "layer", false))
      const sbom = await putManifest({
        references: [referenceTo(image.digest, "subject"), ...layers],
        subject: image.digest,
      })
      clock.advance(HOUR)
      const [first, ...rest] = await Array.fromAsync(reviewUntagged(1, true))
      expect(first).toEqual([sbom.digest, image.digest])
      expect(rest.flat()).toEqual([])
      for (const { digest } of layers) expect((await metadata.gc.explain(digest)).referencedBy).toEqual([])
    })

    test("go referrers first: of a family that is too large for one step, what is there has its subject", async () => {
      const image = await putManifest()
      for (let at = 0; at < 220; at++) await putReferrer(image)
      clock.advance(HOUR)
      const steps = await Array.fromAsync(reviewUntagged(1))
      expect(steps[0]?.length).toBeLessThan(30)
      expect(Math.max(...steps.map(({ length }) => length))).toBeLessThanOrEqual(200)
      expect(steps.flat()).toHaveLength(221)
      expect(steps.flat().at(-1)).toBe(image.digest)
    })

    test("stay while what refers to them, or what they refer to, is pulled", async () => {
      const { image, signature } = await putChain()
      for (const { digest } of [image, signature]) {
        clock.advance(HOUR)
        await metadata.manifests.markPulled([{ repository, digest }])
        await surveyAll(metadata)
        expect(await collect({ untagged: true })).toEqual({})
      }
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 3 })
    })

    test("stay while what they refer to can be restored, and go when it is gone", async () => {
      const image = await putManifest({ tags: tagsOf("a") })
      const sbom = await putReferrer(image)
      await putReferrer(sbom)
      clock.advance(100 * HOUR)
      await remove(image)
      await surveyAll(metadata)
      expect(await collect({ untagged: true })).toEqual({})
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ manifest: 1 })
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 2 })
    })

    test("do not stay for referrers that were deleted, and are looked at when these are gone", async () => {
      const { image, signature, sbom } = await putChain("signed")
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({})
      await remove(signature)
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ manifest: 1 })
      clock.advance(HOUR)
      expect(await collect({ untagged: true })).toEqual({ untagged: 2 })
      for (const { digest } of [image, sbom]) expect(await metadata.manifests.find(repository, digest)).toBeUndefined()
    })

    test("go with the index that alone named one of them, also where it is looked at after them", async () => {
      const child = await putManifest()
      clock.advance(1)
      await putReferrer(child)
      clock.advance(1)
      await putManifest({ references: [referenceTo(child.digest, "manifest")] })
      clock.advance(1)
      await metadata.manifests.put(child)
      clock.advance(HOUR)
      expect(await collect({ untagged: true, endsUntagged: true, limit: 10 })).toEqual({ untagged: 3 })
    })

    test("of a family that stays are looked at once, however many they are", async () => {
      const image = await putManifest()
      for (let at = 0; at < 6; at++) await putReferrer(image)
      await putReferrer(image, "signed")
      clock.advance(HOUR)
      const cutoffs = { touchedBefore: 0, deletedBefore: 0, untaggedBefore: clock.now() }
      expect(await metadata.gc.review("untagged", { ...cutoffs, held: [], limit: 2 })).toMatchObject({ collected: [] })
      expect((await metadata.gc.countBacklog(cutoffs)).reviews.untagged).toBe(0)
    })

    test("that go at once take what they name with them, and are noted once", async () => {
      const { image, sbom } = await putChain()
      clock.advance(HOUR)
      expect(await collect({ untagged: true, endsUntagged: true })).toEqual({ untagged: 3 })
      for (const { digest } of [image, sbom]) {
        const { manifests, referencedBy, reviews, removals } = await metadata.gc.explain(digest)
        expect({ manifests, referencedBy, reviews }).toEqual({ manifests: [], referencedBy: [], reviews: [] })
        expect(removals).toMatchObject([{ kind: "manifest", reason: "unnamed", actor: "gc" }])
      }
    })
  })
}
