import { describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { newDigest, newManifest, referenceTo, type OpenMetadata } from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"

export function describeGcListingRecords(open: OpenMetadata): void {
  describe("gc listing", () => {
    let { metadata } = {} as Scene
    openForEach(open, (scene) => ({ metadata } = scene))

    test("what was found is kept once, listed by digest, and forgotten in steps", async () => {
      const repository = parseRepositoryName("app")
      const digests = [newDigest(), newDigest(), newDigest()].toSorted()
      const [first, second, third] = digests as [Digest, Digest, Digest]
      const blobs = digests.map((digest) => ({ kind: "blob" as const, repository: "" as const, digest }))
      expect(await metadata.gc.noteFound(blobs)).toBe(3)
      expect(await metadata.gc.noteFound([...blobs, { kind: "manifest", repository, digest: first }])).toBe(1)
      const key = { kind: "blob", repository: "" } as const
      expect(await metadata.gc.listFound(key, { limit: 2 })).toEqual({ items: [first, second], hasMore: true })
      expect(await metadata.gc.listFound(key, { limit: 2, last: second })).toEqual({ items: [third], hasMore: false })
      const manifests = { kind: "manifest", repository } as const
      expect((await metadata.gc.listFound(manifests, { limit: 2 })).items).toEqual([first])
      const others = { ...manifests, repository: parseRepositoryName("other") }
      expect((await metadata.gc.listFound(others, { limit: 2 })).items).toEqual([])
      expect([await metadata.gc.forgetFound(3), await metadata.gc.forgetFound(3)]).toEqual([3, 1])
      expect(await metadata.gc.listFound(key, { limit: 2 })).toEqual({ items: [], hasMore: false })
    })

    test("repositories are listed as distribution walks through its directories", async () => {
      const names = ["a/1", "a", "a/b/2", "a/b", "a/b/c", "a/c", "a-b", "a.b", "ab", "b"].map(parseRepositoryName)
      for (const name of names.toReversed()) await metadata.manifests.put(newManifest(name))
      const deleted = parseRepositoryName("a/d")
      await metadata.manifests.put(newManifest(deleted))
      await metadata.repositories.delete(deleted, { actor: "bob" })
      expect(await metadata.gc.listTree({ limit: 100 })).toEqual({ items: names, hasMore: false })
      const seen: string[] = []
      for (let last: string | undefined; ;) {
        const { items, hasMore } = await metadata.gc.listTree({ limit: 3, ...(last !== undefined && { last }) })
        seen.push(...items)
        if (!hasMore) break
        last = items.at(-1)
      }
      expect(seen).toEqual(names)
    })

    test("what manifests are and have is counted once, whoever has it, and what is deleted or a subject is not", async () => {
      const [app, other] = [parseRepositoryName("app"), parseRepositoryName("other")]
      const [shared, own, lost] = [newDigest(), newDigest(), newDigest()]
      const put = async (repository: typeof app, references: ReturnType<typeof referenceTo>[]) => {
        const manifest = newManifest(repository, { references, checksReferences: false })
        await metadata.manifests.put(manifest)
        return manifest
      }
      const child = await put(app, [referenceTo(shared), referenceTo(own)])
      await put(app, [referenceTo(child.digest, "manifest"), referenceTo(newDigest(), "subject")])
      await put(other, [referenceTo(shared)])
      const gone = await put(other, [referenceTo(lost)])
      await metadata.manifests.delete(other, gone.digest, { actor: "bob" })
      let marked = 0
      let steps = 0
      for (let next: Digest | "" | undefined = ""; next !== undefined; steps++) {
        const step: { count: number; next?: Digest } = await metadata.gc.countMarked(next, 2)
        marked += step.count
        next = step.next
      }
      // Three manifests, and two blobs.
      expect(marked).toBe(5)
      expect(steps).toBeGreaterThan(3)
    })
  })
}
