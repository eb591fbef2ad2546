import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseRepositoryName, type RepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import {
  newManifest,
  newRepository,
  putBlob,
  readPages,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { Tally, TallyStep } from "./repositories.ts"

const repositoryNames = fc.uniqueArray(fc.stringMatching(/^[a-c0-1]{1,2}([._/-][a-c0-1]){0,2}$/), { maxLength: 20 })

export function describeRepositoryRecords(open: OpenMetadata): void {
  describe("repositories", () => {
    let { metadata, clock } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock } = scene))

    async function putAll(names: string[]): Promise<RepositoryName[]> {
      const repositories = names.map(parseRepositoryName)
      await Promise.all(repositories.map((repository) => metadata.manifests.put(newManifest(repository))))
      return repositories.sort()
    }

    test("list() gives the repositories that have a manifest, in byte order", async () => {
      await putAll(["team/app", "team-x/app", "team", "a/b", "a0"])
      await putBlob(metadata, newRepository())
      expect(await metadata.repositories.list({ limit: 10 })).toEqual({
        items: ["a/b", "a0", "team", "team-x/app", "team/app"].map(parseRepositoryName),
        hasMore: false,
      })
    })

    test("list() gives a repository until its last manifest is deleted; it exists on", async () => {
      const repository = newRepository()
      const [first, second] = [newManifest(repository), newManifest(repository)]
      const listed = async () => (await metadata.repositories.list({ limit: 10 })).items
      await metadata.manifests.put(first)
      await metadata.manifests.put(second)
      await metadata.manifests.put(second)
      await metadata.manifests.delete(repository, first.digest, { actor: "bob" })
      await metadata.manifests.delete(repository, first.digest, { actor: "bob" })
      expect(await listed()).toEqual([repository])
      await metadata.manifests.delete(repository, second.digest, { actor: "bob" })
      expect(await listed()).toEqual([])
      expect(await metadata.repositories.exists(repository)).toBe(true)
      await metadata.manifests.put(first)
      expect(await listed()).toEqual([repository])
    })

    /** All steps of counting together. */
    async function tally<Part extends Tally>(read: (step: TallyStep) => Promise<Part>, limit: number): Promise<Part[]> {
      const parts: Part[] = []
      for (let after: string | undefined = ""; after !== undefined;) {
        const part: Part = await read({ after, limit })
        parts.push(part)
        after = part.next
      }
      return parts
    }
    const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

    test.each([1, 2, 3, 100])("tags and blobs are counted in steps of %p rows", async (limit) => {
      const repository = newRepository()
      const [first, second] = [await putBlob(metadata, repository), await putBlob(metadata, repository)]
      const references = [referenceTo(first), referenceTo(second)]
      await metadata.manifests.put(newManifest(repository, { references, tags: tagsOf("a", "b") }))
      clock.advance(5)
      await metadata.manifests.put(newManifest(repository, { tags: tagsOf("c") }))
      const tags = await tally((step) => metadata.repositories.tallyTags(repository, step), limit)
      expect(sum(tags.map(({ count }) => count))).toBe(3)
      expect(Math.max(...tags.map(({ lastPushedAt }) => lastPushedAt ?? 0))).toBe(clock.now())
      const blobs = await tally((step) => metadata.repositories.tallyBlobs(repository, step), limit)
      expect({ count: sum(blobs.map(({ count }) => count)), bytes: sum(blobs.map(({ bytes }) => bytes)) }).toEqual({
        count: 2,
        bytes: 20,
      })
      expect(await metadata.repositories.findManifestCount(repository)).toBe(2)
    })

    test("of nothing, counting gives nothing", async () => {
      const repository = newRepository()
      const step = { after: "", limit: 10 }
      const records = metadata.repositories
      expect(await records.findManifestCount(repository)).toBeUndefined()
      expect(await records.tallyTags(repository, step)).toEqual({ count: 0, lastPushedAt: undefined, next: undefined })
      expect(await records.tallyBlobs(repository, step)).toEqual({ count: 0, bytes: 0, next: undefined })
      expect(await records.tallyOwnBlobs(repository, step)).toEqual({ count: 0, bytes: 0, next: undefined })
    })

    test("a blob is a repository's own until a manifest of another one refers to it", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      const [shared, own] = [await putBlob(metadata, repository), await putBlob(metadata, repository)]
      await metadata.manifests.put(newManifest(repository, { references: [referenceTo(shared), referenceTo(own)] }))
      const count = async () => (await metadata.repositories.tallyOwnBlobs(repository, { after: "", limit: 10 })).count
      await metadata.blobs.mount(shared, { from: repository, to: other })
      expect(await count()).toBe(2)
      await metadata.manifests.put(newManifest(other, { references: [referenceTo(shared)] }))
      expect(await count()).toBe(1)
    })

    test("delete() takes the tags, manifests and links of the repository, and nothing of another", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      const blob = await putBlob(metadata, repository)
      await metadata.blobs.mount(blob, { from: repository, to: other })
      const manifest = newManifest(repository, { references: [referenceTo(blob)], tags: tagsOf("a", "b") })
      const alone = newManifest(repository)
      await metadata.manifests.put(manifest)
      await metadata.manifests.put(alone)
      await metadata.manifests.put({ ...manifest, repository: other })
      // From memory, until it is deleted.
      await metadata.tags.find(repository, parseTag("a"))
      expect(await metadata.repositories.delete(repository, { actor: "bob" })).toEqual({
        tagCount: 2,
        manifestCount: 2,
      })
      expect(await metadata.repositories.exists(repository)).toBe(false)
      expect(await metadata.tags.find(repository, parseTag("a"))).toBeUndefined()
      expect(await metadata.manifests.find(repository, manifest.digest)).toBeUndefined()
      expect(await metadata.manifests.find(repository, alone.digest)).toBeUndefined()
      expect(await metadata.blobs.find(repository, blob)).toBeUndefined()
      expect((await metadata.repositories.list({ limit: 1000 })).items).not.toContain(repository)
      expect(await metadata.tags.find(other, parseTag("a"))).toMatchObject({ digest: manifest.digest })
      expect(await metadata.manifests.findBytes(manifest.digest)).toEqual(manifest.bytes)
      expect(await metadata.blobs.find(other, blob)).toMatchObject({ digest: blob })
      expect(await metadata.repositories.delete(repository, { actor: "bob" })).toBeUndefined()
    })

    test("list() of no entries is empty", async () => {
      await putAll(["a"])
      expect(await metadata.repositories.list({ limit: 0 })).toEqual({ items: [], hasMore: false })
      expect(await metadata.repositories.list({ limit: 1, last: "a" })).toEqual({ items: [], hasMore: false })
    })

    test("the pages together are the whole list, while other repositories come into being", async () => {
      const known = new Set<RepositoryName>()
      const property = fc.asyncProperty(repositoryNames, fc.integer({ min: 1, max: 9 }), async (names, limit) => {
        for (const repository of await putAll(names)) known.add(repository)
        const expected = [...known].sort()
        let newcomers = 3
        const between = async () => {
          if (newcomers-- <= 0) return
          const repository = newRepository()
          known.add(repository)
          await metadata.manifests.put(newManifest(repository))
        }
        const list = await readPages((page) => metadata.repositories.list(page), { limit, keyOf: String, between })
        expect(list).toEqual(list.toSorted())
        expect(list.filter((name) => expected.includes(name))).toEqual(expected)
      })
      await fc.assert(property, { numRuns: 5 })
    })
  })
}
