import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { AdoptionReport } from "../../domain/adoption.ts"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { parseTag, type Tag } from "../../domain/tag.ts"
import type { AdoptedManifest } from "./adoption.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  readPages,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const NOW = 1_000_000_000_000
const EARLIER = NOW - 10_000
const LATER = NOW + 10_000
const latest = parseTag("latest")

export function describeAdoptionRecords(open: OpenMetadata): void {
  describe("adoption", () => {
    let metadata: Metadata
    beforeAll(async () => {
      metadata = await open(createManualClock(NOW))
    })
    afterAll(() => metadata.close())

    function inTree(changes: Parameters<typeof newManifest>[1] = {}): AdoptedManifest {
      const { digest, mediaType, sizeBytes, bytes, references } = newManifest(newRepository(), changes)
      return { digest, mediaType, sizeBytes, bytes, references, changedAt: EARLIER }
    }

    /** The tag as distribution has it, with its manifest. */
    async function adopt(repository: RepositoryName, { tag = latest, at = EARLIER } = {}): Promise<Digest> {
      const manifest = inTree()
      await metadata.adoption.mergeManifests(repository, [manifest], false)
      await move(repository, manifest.digest, { tag, at })
      return manifest.digest
    }

    const move = (repository: RepositoryName, digest: Digest, { tag = latest, at = EARLIER } = {}) =>
      metadata.adoption.mergeTags(repository, [{ tag, digest, changedAt: at, history: [] }])

    const digestOfTag = async (repository: RepositoryName, tag: Tag = latest) =>
      (await metadata.tags.find(repository, tag))?.digest

    async function push(repository: RepositoryName): Promise<Digest> {
      const manifest = newManifest(repository, { tags: [latest] })
      await metadata.manifests.put(manifest)
      return manifest.digest
    }

    describe("manifests", () => {
      test("are readable, and bring their repository into the catalog", async () => {
        const [repository, manifest] = [newRepository(), inTree()]
        expect(await metadata.adoption.mergeManifests(repository, [manifest], false)).toBe(1)
        const { digest, mediaType, sizeBytes, bytes } = manifest
        expect(await metadata.manifests.find(repository, digest)).toEqual({ digest, mediaType, sizeBytes })
        expect(await metadata.manifests.findBytes(digest)).toEqual(bytes)
        expect((await metadata.repositories.list({ limit: 1000 })).items).toContain(repository)
        expect(await metadata.adoption.mergeManifests(repository, [manifest], false)).toBe(0)
      })

      test("that were deleted here stay so, unless they are forced", async () => {
        const [repository, manifest] = [newRepository(), inTree()]
        await metadata.adoption.mergeManifests(repository, [manifest], false)
        await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })
        expect(await metadata.adoption.mergeManifests(repository, [manifest], false)).toBe(0)
        expect(await metadata.manifests.find(repository, manifest.digest)).toBeUndefined()
        expect(await metadata.adoption.mergeManifests(repository, [manifest], true)).toBe(1)
        expect(await metadata.manifests.find(repository, manifest.digest)).toBeDefined()
      })

      test("that the tree has no more go, but for those that a tag or an index needs", async () => {
        const repository = newRepository()
        const [alone, child] = [inTree(), inTree()]
        const index = inTree({ references: [referenceTo(child.digest, "manifest")] })
        await metadata.adoption.mergeManifests(repository, [alone, child, index], false)
        const tagged = await adopt(repository)
        const drop = (...names: Digest[]) => metadata.adoption.mergeAbsent(repository, "manifest", names)
        expect(await drop(alone.digest, child.digest, tagged)).toBe(1)
        expect(await metadata.manifests.find(repository, alone.digest)).toBeUndefined()
        expect(await metadata.manifests.find(repository, child.digest)).toBeDefined()
        expect(await metadata.manifests.find(repository, tagged)).toBeDefined()
        expect(await drop(index.digest)).toBe(1)
        expect(await drop(child.digest)).toBe(1)
        expect(await drop(child.digest)).toBe(0)
      })
    })

    describe("blobs", () => {
      const blobInTree = (digest: Digest, sizeBytes = 7, isDamaged = false) => ({ digest, sizeBytes, isDamaged })

      test("are linked once, and not again after they were deleted here", async () => {
        const [repository, digest] = [newRepository(), newDigest()]
        const merge = (isForced = false) => metadata.adoption.mergeBlobs(repository, [blobInTree(digest)], isForced)
        expect(await merge()).toBe(1)
        expect(await metadata.blobs.find(repository, digest)).toMatchObject({ digest, generation: 0, sizeBytes: 7 })
        expect(await merge()).toBe(0)
        await metadata.blobs.unlink(repository, digest, { actor: "bob" })
        expect(await merge()).toBe(0)
        expect(await metadata.blobs.find(repository, digest)).toBeUndefined()
        expect(await merge(true)).toBe(1)
      })

      test("that were pushed already keep their record", async () => {
        const [repository, digest] = [newRepository(), newDigest()]
        const pushed = { digest, generation: 3, sizeBytes: 5 }
        await metadata.blobs.put(pushed, { repository: newRepository() })
        await metadata.adoption.mergeBlobs(repository, [blobInTree(digest, 7, true)], false)
        expect(await metadata.blobs.find(repository, digest)).toMatchObject(pushed)
      })

      test("that are damaged have the size that they should have, in every repository, until they are pushed", async () => {
        const [first, second, digest] = [newRepository(), newRepository(), newDigest()]
        await metadata.adoption.mergeBlobs(first, [blobInTree(digest, 3)], false)
        await metadata.adoption.mergeBlobs(second, [blobInTree(digest, 9, true)], false)
        expect(await metadata.blobs.find(first, digest)).toMatchObject({ sizeBytes: 9 })
        await metadata.blobs.put({ digest, generation: 0, sizeBytes: 9 }, { repository: first })
        await metadata.adoption.mergeBlobs(second, [blobInTree(digest, 8, true)], false)
        expect(await metadata.blobs.find(second, digest)).toMatchObject({ sizeBytes: 9 })
      })

      test("that the tree has no more go, but for those that a manifest needs", async () => {
        const [repository, free, needed] = [newRepository(), newDigest(), newDigest()]
        await metadata.adoption.mergeBlobs(repository, [blobInTree(free), blobInTree(needed)], false)
        await metadata.adoption.mergeManifests(repository, [inTree({ references: [referenceTo(needed)] })], false)
        expect(await metadata.adoption.mergeAbsent(repository, "blob", [free, needed])).toBe(1)
        expect(await metadata.blobs.find(repository, free)).toBeUndefined()
        expect(await metadata.blobs.find(repository, needed)).toBeDefined()
      })

      test("listSizes() gives the sizes that manifests name", async () => {
        const [repository, blob] = [newRepository(), newDigest()]
        const manifests = [12, 12, 13].map((sizeBytes) =>
          inTree({ references: [{ kind: "layer", digest: blob, sizeBytes, isRequired: true }] }),
        )
        await metadata.adoption.mergeManifests(repository, manifests, false)
        expect(new Set(await metadata.adoption.listSizes(repository, blob))).toEqual(new Set([12, 13]))
        expect(await metadata.adoption.listSizes(newRepository(), blob)).toEqual([])
      })
    })

    describe("tags", () => {
      test("are taken where there was none, with their history", async () => {
        const [repository, old, older] = [newRepository(), newDigest(), newDigest()]
        const manifest = inTree()
        await metadata.adoption.mergeManifests(repository, [manifest], false)
        const { digest } = manifest
        const moves = [older, old, digest].map((each, index) => ({ digest: each, at: index }))
        const tag = { tag: latest, digest, changedAt: EARLIER, history: moves }
        const none = { missing: [], conflicts: [] }
        expect(await metadata.adoption.mergeTags(repository, [tag])).toEqual({ changes: 1, ...none })
        expect(await metadata.adoption.mergeTags(repository, [tag])).toEqual({ changes: 0, ...none })
        expect(await digestOfTag(repository)).toBe(digest)
      })

      test("wait for their manifest", async () => {
        const [repository, manifest] = [newRepository(), inTree()]
        expect(await move(repository, manifest.digest)).toEqual({ changes: 0, missing: [latest], conflicts: [] })
        await metadata.adoption.mergeManifests(repository, [manifest], false)
        expect(await move(repository, manifest.digest)).toEqual({ changes: 1, missing: [], conflicts: [] })
      })

      test("that were moved or deleted here stay so while the tree says what it said", async () => {
        const [moved, deleted] = [newRepository(), newRepository()]
        const [inMoved, inDeleted] = [await adopt(moved), await adopt(deleted)]
        const ours = await push(moved)
        await metadata.tags.delete(deleted, latest, { actor: "bob" })
        await move(moved, inMoved, { at: LATER })
        await move(deleted, inDeleted, { at: LATER })
        expect(await digestOfTag(moved)).toBe(ours)
        expect(await digestOfTag(deleted)).toBeUndefined()
      })

      test("that distribution moved or deleted follow", async () => {
        const repository = newRepository()
        await adopt(repository)
        const second = await adopt(repository, { at: 1 })
        expect(await digestOfTag(repository)).toBe(second)
        expect(await metadata.adoption.mergeAbsent(repository, "tag", [latest])).toBe(1)
        expect(await digestOfTag(repository)).toBeUndefined()
        const third = await adopt(repository, { at: 1 })
        expect(await digestOfTag(repository)).toBe(third)
      })

      test.each([
        ["later", LATER, true],
        ["earlier", EARLIER, false],
      ])("that both changed are as the later change has them: the tree's was %s", async (_, at, isTaken) => {
        const [moved, deleted] = [newRepository(), newRepository()]
        for (const repository of [moved, deleted]) await adopt(repository)
        const ours = await push(moved)
        await metadata.tags.delete(deleted, latest, { actor: "bob" })
        for (const [repository, before] of [[moved, ours] as const, [deleted, undefined] as const]) {
          const manifest = inTree()
          await metadata.adoption.mergeManifests(repository, [manifest], false)
          const merge = await move(repository, manifest.digest, { at })
          expect(merge.conflicts).toEqual([{ tag: latest, isTaken }])
          expect(await digestOfTag(repository)).toBe(isTaken ? manifest.digest : before)
          // It is settled: the tree says what it said.
          expect(await move(repository, manifest.digest, { at: LATER })).toMatchObject({ changes: 0, conflicts: [] })
        }
      })

      test("that distribution deleted and we moved stay", async () => {
        const repository = newRepository()
        await adopt(repository)
        const ours = await push(repository)
        expect(await metadata.adoption.mergeAbsent(repository, "tag", [latest])).toBe(0)
        expect(await digestOfTag(repository)).toBe(ours)
      })
    })

    test("the base is what was merged last", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      const tags = tagsOf("a", "b", "c", "d")
      const digests = new Map<string, Digest>()
      for (const tag of tags) digests.set(tag, await adopt(repository, { tag }))
      await adopt(other)
      const list = (limit: number) =>
        readPages((page) => metadata.adoption.listBase(repository, "tag", page), { limit, keyOf: String })
      expect(await list(3)).toEqual(tags.map(String))
      expect(await metadata.adoption.findBase(repository, "tag", ["c", "x", "a"])).toEqual([
        digests.get("c"),
        undefined,
        digests.get("a"),
      ])
      await metadata.adoption.mergeAbsent(repository, "tag", ["b"])
      expect(await list(10)).toEqual(["a", "c", "d"])
    })

    test("a run that has not ended has no report, and a new one forgets the problems of the last", async () => {
      const report: AdoptionReport = {
        startedAt: NOW,
        finishedAt: NOW + 1,
        counts: { repositories: 1, tags: 2, manifests: 3, blobs: 4, uploads: 5, changes: 6 },
        problems: { symlink: 1 },
      }
      expect(await metadata.adoption.findRun()).toBeUndefined()
      await metadata.adoption.begin()
      expect(await metadata.adoption.findRun()).toEqual({ startedAt: NOW })
      await metadata.adoption.finish(report)
      expect(await metadata.adoption.findRun()).toEqual({ startedAt: NOW, report })
      await metadata.adoption.putProblems([{ kind: "symlink", path: "a" }])
      await metadata.adoption.begin()
      expect(await metadata.adoption.listProblems({ limit: 10 })).toEqual({ items: [], hasMore: false })
      expect(await metadata.adoption.findRun()).toEqual({ startedAt: NOW })
    })

    test("problems are listed by kind and path, each once, and the first 10,000 are kept", async () => {
      await metadata.adoption.begin()
      const problem = { kind: "unreadable", path: "x", detail: "EIO" } as const
      const others = Array.from({ length: 1000 }, (_, n) => ({ kind: "stray", path: `p${n}` }) as const)
      await metadata.adoption.putProblems([problem, { ...problem, detail: "EACCES" }, ...others])
      const list = await readPages((page) => metadata.adoption.listProblems(page), {
        limit: 300,
        keyOf: ({ kind, path }) => `${kind} ${path}`,
      })
      expect(list).toHaveLength(1001)
      expect(list.slice(0, 2)).toEqual([
        { kind: "stray", path: "p0" },
        { kind: "stray", path: "p1" },
      ])
      expect(list.at(-1)).toEqual({ ...problem, detail: "EACCES" })
      for (let n = 0; n < 10; n++) {
        await metadata.adoption.putProblems(others.map(({ kind, path }) => ({ kind, path: `${n}${path}` })))
      }
      expect((await metadata.adoption.listProblems({ limit: 20_000 })).items).toHaveLength(10_000)
    })
  })
}
