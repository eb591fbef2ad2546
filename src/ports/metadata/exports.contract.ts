import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { parseTag } from "../../domain/tag.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  readPages,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

const latest = parseTag("latest")
const all = { limit: 100 }

export function describeExportRecords(open: OpenMetadata): void {
  describe("exports", () => {
    const clock = createManualClock()
    let metadata: Metadata
    beforeAll(async () => {
      metadata = await open(clock)
    })
    afterAll(() => metadata.close())

    test("lists tags, manifests and blobs of one repository alone, in byte order", async () => {
      const repository = newRepository()
      const blob = await putBlob(metadata, repository)
      const manifest = newManifest(repository, { tags: ["b", "a", "B"].map(parseTag) })
      await metadata.manifests.put(manifest)
      await metadata.manifests.put(newManifest(newRepository(), { tags: [latest] }))
      const { digest } = manifest
      const list = async (kind: "tag" | "manifest" | "blob") =>
        (await metadata.exports.list(repository, kind, all)).items
      expect(await list("tag")).toEqual(["B", "a", "b"].map((name) => ({ name, digest })))
      expect(await list("manifest")).toEqual([{ name: digest, digest }])
      expect(await list("blob")).toEqual([{ name: blob, digest: blob }])
    })

    test("lists repositories that have something here or in the base, each once", async () => {
      const [own, both, old] = [newRepository(), newRepository(), newRepository()]
      await putBlob(metadata, own)
      const manifest = newManifest(both)
      await metadata.manifests.put(manifest)
      for (const repository of [both, old]) {
        await metadata.exports.putBase(repository, "manifest", [{ name: manifest.digest, digest: manifest.digest }])
      }
      const listed = await readPages((page) => metadata.exports.listRepositories(page), {
        limit: 1,
        keyOf: (name) => name,
      })
      expect(listed.filter((name) => [own, both, old].includes(name))).toEqual([own, both, old].toSorted())
      expect(new Set(listed).size).toBe(listed.length)
    })

    test("the copy in the first place counts as compared with its digest when its source was, not when it was made", async () => {
      const [repository, digest] = [newRepository(), newDigest()]
      const source = { digest, generation: 1, sizeBytes: 10 }
      await metadata.blobs.put(source, { repository })
      const verifiedAt = clock.now()
      clock.advance(1000)
      await metadata.exports.putFirst(source)
      expect(await metadata.blobs.find(repository, digest)).toMatchObject({ generation: 0 })
      expect(await metadata.scrub.find({ digest, generation: 0 })).toMatchObject({ verifiedAt })
    })

    test("gone is what the base has and the metadata has not", async () => {
      const repository = newRepository()
      const blob = await putBlob(metadata, repository)
      const manifest = newManifest(repository, { tags: [latest] })
      await metadata.manifests.put(manifest)
      const { digest } = manifest
      await metadata.exports.putBase(repository, "tag", [{ name: "latest", digest }])
      await metadata.exports.putBase(repository, "manifest", [{ name: digest, digest }])
      await metadata.exports.putBase(repository, "blob", [{ name: blob, digest: blob }])
      const gone = async (kind: "tag" | "manifest" | "blob") =>
        (await metadata.exports.listGone(repository, kind, all)).items
      expect([await gone("tag"), await gone("manifest"), await gone("blob")]).toEqual([[], [], []])
      await metadata.manifests.delete(repository, digest, { actor: "alice" })
      await metadata.blobs.unlink(repository, blob, { actor: "bob" })
      expect([await gone("tag"), await gone("manifest"), await gone("blob")]).toEqual([["latest"], [digest], [blob]])
      await metadata.exports.deleteBase(repository, "tag", ["latest"])
      expect([await gone("tag"), await gone("manifest")]).toEqual([[], [digest]])
    })

    test("the history of a tag holds what is still there, the latest first", async () => {
      const repository = newRepository()
      const manifests = [newManifest(repository), newManifest(repository), newManifest(repository)]
      for (const manifest of manifests) await metadata.manifests.put({ ...manifest, tags: [latest] })
      const digests = manifests.map(({ digest }) => digest).toReversed()
      expect(await metadata.exports.listHistory(repository, latest, 10)).toEqual(digests)
      expect(await metadata.exports.listHistory(repository, latest, 2)).toEqual(digests.slice(0, 2))
      for (const digest of digests.slice(1)) await metadata.manifests.delete(repository, digest, { actor: "alice" })
      expect(await metadata.exports.listHistory(repository, latest, 10)).toEqual(digests.slice(0, 1))
    })
  })
}
