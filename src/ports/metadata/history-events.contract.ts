import { describe, expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { OCI_INDEX, OCI_MANIFEST } from "../../domain/media-type.ts"
import { parseTag } from "../../domain/tag.ts"
import type { PushTelling } from "./events.ts"
import { newManifest, putImage, referenceTo, tagsOf, type OpenMetadata } from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"
import type { ManifestPut } from "./manifests.ts"

const bob = { actor: "bob" }

/** What restorations tell, in the order of the outbox. */
export function describeHistoryEvents(open: OpenMetadata): void {
  describe("events of restorations", () => {
    let { metadata, clock, repository } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock, repository } = scene))

    async function put(tags: string[], more: Partial<ManifestPut> = {}): Promise<ManifestPut> {
      const manifest = await putImage(metadata, repository, { tags: tagsOf(...tags), ...more })
      clock.advance(1000)
      return manifest
    }

    /** An index of one image, both of them deleted. */
    async function deleteIndex(tags: string[]): Promise<{ index: Digest; child: Digest }> {
      const child = (await put([])).digest
      const references = [referenceTo(child, "manifest")]
      const index = (await put(tags, { references, mediaType: OCI_INDEX })).digest
      for (const digest of [index, child]) await metadata.manifests.delete(repository, digest, bob)
      clock.advance(1000)
      return { index, child }
    }

    const telling = (changes: Partial<PushTelling> = {}): { telling: PushTelling } => ({
      telling: {
        event: {
          id: "the template",
          at: clock.now(),
          action: "push",
          target: { kind: "manifest", repository },
          request: { id: "", addr: "", host: "", method: "", useragent: "" },
          source: { addr: "registry:5000", instanceID: "i" },
        },
        endpoints: [{ name: "hook", ignoredMediaTypes: [] }],
        maxWaiting: 10_000,
        ...changes,
      },
    })

    /** Each as `digest`, or `tag digest`. */
    async function told(endpoint = "hook"): Promise<string[]> {
      const lane = await metadata.events.listLane({ endpoint, repository, limit: 10_000 })
      const events = lane.map(({ event }) => event)
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
      expect(events.every(({ action, target }) => action === "push" && target.kind === "manifest")).toBe(true)
      return events.map(({ target: { digest, tag } }) => (tag === undefined ? `${digest}` : `${tag} ${digest}`))
    }

    test("a restored tag is told with its manifest, after the children that came back", async () => {
      const { index, child } = await deleteIndex(["latest"])
      const target = { repository, tag: parseTag("latest"), digest: index }
      const restored = await metadata.history.restoreTag(target, { ...bob, ...telling() })
      expect(restored).toMatchObject({ told: { hook: 2 } })
      expect(await told()).toEqual([child, `latest ${index}`])
      const [first] = await metadata.events.listLane({ endpoint: "hook", repository, limit: 1 })
      expect(first?.event.target).toMatchObject({ mediaType: OCI_MANIFEST, sizeBytes: expect.any(Number) })
    })

    test("a tag that goes back tells of itself alone", async () => {
      const first = await put(["latest"])
      await put(["latest"])
      const target = { repository, tag: parseTag("latest"), digest: first.digest }
      await metadata.history.restoreTag(target, { ...bob, ...telling() })
      expect(await told()).toEqual([`latest ${first.digest}`])
    })

    test("a restored manifest is told once for each tag that comes back, or once without one", async () => {
      const tagged = await put(["a", "b", "kept"])
      await metadata.manifests.delete(repository, tagged.digest, bob)
      const untagged = await put([])
      await metadata.manifests.delete(repository, untagged.digest, bob)
      await put(["kept"])
      for (const { digest } of [tagged, untagged])
        await metadata.history.restoreManifest(repository, digest, { ...bob, ...telling() })
      expect(await told()).toEqual([`a ${tagged.digest}`, `b ${tagged.digest}`, untagged.digest])
    })

    test("a restored repository is told as its pushes were: manifests without a tag, then tags", async () => {
      const child = (await put([])).digest
      const references = [referenceTo(child, "manifest")]
      const index = (await put(["latest", "stable"], { references, mediaType: OCI_INDEX })).digest
      const moved = (await put(["moved"])).digest
      await metadata.repositories.delete(repository, bob)
      clock.advance(1000)
      const newer = (await put(["moved"])).digest
      const restored = await metadata.history.restoreRepository(repository, { ...bob, ...telling() })
      expect(restored?.told).toEqual({ hook: 4 })
      const events = await told()
      expect(events.slice(0, 2).toSorted()).toEqual([child, moved].toSorted())
      expect(events.slice(2)).toEqual([`latest ${index}`, `stable ${index}`])
      expect((await metadata.tags.find(repository, parseTag("moved")))?.digest).toBe(newer)
    })

    test("more than one page of them is told, each once", async () => {
      const tags = [...Array(501).keys()].map((each) => parseTag(`t${each}`))
      await metadata.manifests.put(newManifest(repository, { tags }))
      await Promise.all([...Array(501)].map(() => metadata.manifests.put(newManifest(repository))))
      await metadata.repositories.delete(repository, bob)
      const restored = await metadata.history.restoreRepository(repository, { ...bob, ...telling() })
      expect(restored?.told).toEqual({ hook: 1002 })
      const events = await told()
      expect(new Set(events).size).toBe(1002)
      expect(events.filter((each) => each.startsWith("t"))).toHaveLength(501)
    })

    test("an endpoint is not told of media types that it ignores, and what finds no room is dead", async () => {
      const { index, child } = await deleteIndex(["latest"])
      const endpoints = [
        { name: "hook", ignoredMediaTypes: [OCI_MANIFEST] },
        { name: "small", ignoredMediaTypes: [] },
      ]
      const restoring = { ...bob, ...telling({ endpoints, maxWaiting: 1 }) }
      const restored = await metadata.history.restoreManifest(repository, index, restoring)
      expect(restored?.told).toEqual({ hook: 1, small: 2 })
      expect(await told()).toEqual([`latest ${index}`])
      expect(await told("small")).toEqual([child])
      expect(await metadata.events.listCounts()).toMatchObject([
        { endpoint: "hook", waiting: 1, dead: 0 },
        { endpoint: "small", waiting: 1, dead: 1 },
      ])
    })

    test("where nothing comes back nothing is told, and whoever waits for events is woken where something is", async () => {
      let woken = 0
      metadata.events.watch(() => woken++)
      const { digest } = await put(["latest"])
      await metadata.repositories.delete(repository, bob)
      await metadata.history.restoreRepository(repository, { ...bob, ...telling() })
      expect(woken).toBe(1)
      await metadata.tags.delete(repository, parseTag("latest"), bob)
      expect(await metadata.history.restoreRepository(repository, { ...bob, ...telling() })).toBeUndefined()
      expect(await metadata.history.restoreManifest(repository, digest, { ...bob, ...telling() })).toBeUndefined()
      expect(await told()).toEqual([`latest ${digest}`])
      expect(await metadata.tags.find(repository, parseTag("latest"))).toBeUndefined()
    })
  })
}
