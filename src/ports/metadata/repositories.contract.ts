import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseRepositoryName, type RepositoryName } from "../../domain/repository-name.ts"
import {
  createManualClock,
  newManifest,
  newRepository,
  putBlob,
  readPages,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const repositoryNames = fc.uniqueArray(fc.stringMatching(/^[a-c0-1]{1,2}([._/-][a-c0-1]){0,2}$/), { maxLength: 20 })

export function describeRepositoryRecords(open: OpenMetadata): void {
  describe("repositories", () => {
    let metadata: Metadata

    beforeEach(async () => {
      metadata = await open(createManualClock())
    })
    afterEach(() => metadata.close())

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
      await metadata.manifests.delete(repository, first.digest, "bob")
      await metadata.manifests.delete(repository, first.digest, "bob")
      expect(await listed()).toEqual([repository])
      await metadata.manifests.delete(repository, second.digest, "bob")
      expect(await listed()).toEqual([])
      expect(await metadata.repositories.exists(repository)).toBe(true)
      await metadata.manifests.put(first)
      expect(await listed()).toEqual([repository])
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
