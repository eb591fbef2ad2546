import { describe, expect, test } from "bun:test"
import type { ManifestReference } from "../../domain/manifest.ts"
import { newDigest, newManifest, putBlob, referenceTo, tagsOf, type OpenMetadata } from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { ReviewKind, ReviewOutcome } from "./gc.ts"
import type { ManifestPut } from "./manifests.ts"

const bob = { actor: "bob" }
/** More than one step lets go. */
const MANY = 600

export function describeGcEnds(open: OpenMetadata): void {
  describe("gc: the end of a manifest", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    /** One step, without grace. */
    const step = (kind: ReviewKind, untagged = false): Promise<ReviewOutcome> => {
      const now = clock.now()
      const cutoffs = { touchedBefore: now, deletedBefore: now, ...(untagged && { untaggedBefore: now }) }
      return metadata.gc.review(kind, { ...cutoffs, held: [], limit: 50 })
    }
    const reviewAll = async (kind: ReviewKind, untagged = false) => {
      const steps: ReviewOutcome[] = []
      do steps.push(await step(kind, untagged))
      while (steps.at(-1)?.hasMore === true)
      return { steps: steps.length, collected: steps.flatMap(({ collected }) => collected.map(({ digest }) => digest)) }
    }
    const dueReviews = async () =>
      (await metadata.gc.countBacklog({ touchedBefore: clock.now(), deletedBefore: clock.now() })).reviews

    /** A manifest with many layers that are got elsewhere, and one that is here. */
    async function putLarge(): Promise<ManifestPut & { layer: ManifestReference }> {
      const layer = referenceTo(await putBlob(metadata, repository))
      const elsewhere = Array.from({ length: MANY - 1 }, () => referenceTo(newDigest(), "layer", false))
      const manifest = newManifest(repository, { references: [...elsewhere, layer] })
      await metadata.manifests.put(manifest)
      return { ...manifest, layer }
    }

    async function endInPart(): Promise<ManifestPut & { layer: ManifestReference }> {
      const manifest = await putLarge()
      await metadata.manifests.delete(repository, manifest.digest, bob)
      clock.advance(1)
      expect(await step("manifest")).toMatchObject({ hasMore: true, collected: [{ digest: manifest.digest }] })
      return manifest
    }

    test("lets go of what it names in steps of some hundred, and is counted once", async () => {
      const { digest, layer } = await endInPart()
      const first = (await dueReviews()).link
      expect(first).toBeGreaterThan(100)
      expect(first).toBeLessThan(MANY)
      expect((await reviewAll("manifest")).collected).toEqual([])
      expect(await dueReviews()).toMatchObject({ manifest: 0, link: MANY })
      expect((await reviewAll("link")).collected).toEqual([layer.digest])
      expect((await metadata.gc.explain(layer.digest)).referencedBy).toEqual([])
      expect((await metadata.gc.explain(digest)).removals.map(({ reason }) => reason)).toEqual(["expired", "deleted"])
    })

    test("cannot be undone from its first step on, and holds what it has not let go", async () => {
      const { digest, references } = await endInPart()
      expect(await metadata.history.findState(repository, digest)).toBe("gone")
      expect(await metadata.history.restoreManifest(repository, digest, bob)).toBeUndefined()
      const some = references.filter((_, index) => index % 5 === 0)
      const named = await Promise.all(some.map((each) => metadata.gc.explain(each.digest)))
      const held = named.filter(({ referencedBy }) => referencedBy.length > 0)
      expect(held.length).toBeGreaterThan(0)
      expect(held.length).toBeLessThan(some.length)
    })

    test("is over when it is pushed again: the new one holds all that it names", async () => {
      const { layer, ...manifest } = await endInPart()
      await metadata.manifests.put({ ...manifest, tags: tagsOf("again") })
      for (const kind of ["manifest", "link", "blob"] as const) await reviewAll(kind)
      for (const { digest } of manifest.references.filter((_, index) => index % 5 === 0)) {
        expect((await metadata.gc.explain(digest)).referencedBy).toMatchObject([{ manifest: manifest.digest }])
      }
      expect(await metadata.blobs.find(repository, layer.digest)).toBeDefined()
    })

    test("queues its referrers in steps, each of them once", async () => {
      const subject = newManifest(repository, { tags: tagsOf("image") })
      await metadata.manifests.put(subject)
      const referrers = Array.from({ length: MANY }, () =>
        newManifest(repository, { subject: subject.digest, references: [referenceTo(subject.digest, "subject")] }),
      )
      await Promise.all(referrers.map((each) => metadata.manifests.put(each)))
      expect((await reviewAll("untagged", true)).collected).toEqual([])
      await metadata.manifests.delete(repository, subject.digest, bob)
      clock.advance(1)
      const { steps, collected } = await reviewAll("manifest")
      expect(steps).toBeGreaterThan(1)
      expect(collected).toEqual([subject.digest])
      const untagged = await reviewAll("untagged", true)
      expect(untagged.collected.toSorted()).toEqual(referrers.map(({ digest }) => digest).toSorted())
    })
  })
}
