import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createManualClock, newManifest, newRepository, putBlob, type OpenMetadata } from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"
import type { ScrubbedBlob, ScrubRecords } from "./scrub.ts"

export function describeScrubRecords(open: OpenMetadata): void {
  describe("scrub", () => {
    const clock = createManualClock()
    let metadata: Metadata
    let scrub: ScrubRecords
    beforeAll(async () => {
      metadata = await open(clock)
      scrub = metadata.scrub
    })
    afterAll(() => metadata.close())

    const repository = newRepository()

    async function put(): Promise<ScrubbedBlob> {
      clock.advance(1)
      const digest = await putBlob(metadata, repository)
      return { digest, generation: 0, sizeBytes: 10, verifiedAt: clock.now() }
    }

    async function damageOf({ digest }: ScrubbedBlob) {
      const { items } = await scrub.listDamage({ limit: 1000 })
      return items.find((each) => each.digest === digest)
    }

    test("a server that did not close is told of to the next", async () => {
      expect(await scrub.open()).toEqual({ wasUnclean: false })
      expect(await scrub.open()).toEqual({ wasUnclean: true })
      await scrub.close()
      expect(await scrub.open()).toEqual({ wasUnclean: false })
    })

    test("the pass is kept as it was left", async () => {
      expect(await scrub.findPass()).toBeUndefined()
      const pass = { startedAt: 7, position: "here", objects: 1, bytes: 2, damaged: 3 }
      await scrub.advance(pass, [])
      expect(await scrub.findPass()).toEqual(pass)
      await scrub.advance({ ...pass, endedAt: 9 }, [])
      expect(await scrub.findPass()).toEqual({ ...pass, endedAt: 9 })
    })

    test("blobs are listed once each, whatever the size of the pages", async () => {
      for (let n = 0; n < 7; n++) await put()
      const all = (await scrub.listBlobs({ limit: 1000 })).items
      const stepped: ScrubbedBlob[] = []
      for (let hasMore = true; hasMore;) {
        const after = stepped.at(-1)
        const page = await scrub.listBlobs({ limit: 2, ...(after && { after }) })
        stepped.push(...page.items)
        hasMore = page.hasMore
      }
      expect(stepped).toEqual(all)
      expect(all.map(({ digest }) => digest)).toEqual(all.map(({ digest }) => digest).toSorted())
    })

    test("a blob that is found right has the time of that, unless it was written meanwhile", async () => {
      const [blob, pushedAgain] = [await put(), await put()]
      clock.advance(1000)
      await metadata.blobs.put({ ...pushedAgain, sizeBytes: 10 }, { repository })
      const pushedAt = clock.now()
      clock.advance(1000)
      await scrub.putVerified([blob, pushedAgain])
      expect((await scrub.find(blob))?.verifiedAt).toBe(clock.now())
      expect((await scrub.find(pushedAgain))?.verifiedAt).toBe(pushedAt)
    })

    test("the latest are those of the span before the last write", async () => {
      clock.advance(1_000_000)
      const [older, newer] = [await put(), await put()]
      const found = await scrub.listLatest(1000, 10)
      expect(found.map(({ digest }) => digest)).toEqual([newer.digest, older.digest])
      expect(await scrub.listLatest(1000, 1)).toHaveLength(1)
    })

    test("a condemned copy is served no more, its key is used no more, and a push repairs it", async () => {
      const blob = await put()
      expect(await scrub.condemn(blob, "changed")).toBe(true)
      expect(await metadata.blobs.find(repository, blob.digest)).toBeUndefined()
      expect(await scrub.find(blob)).toBeUndefined()
      expect(await damageOf(blob)).toMatchObject({ kind: "blob", reason: "changed", state: "open" })
      expect(await scrub.countDamage()).toBe(1)
      expect(await scrub.listUnmoved(10)).toEqual([{ digest: blob.digest, generation: 0 }])
      await scrub.putMoved(blob, "its-name")
      expect(await scrub.listUnmoved(10)).toEqual([])
      // Somebody who had asked for the generation before.
      expect(await metadata.blobs.put(blob, { repository }).catch(String)).toContain("push the blob again")
      const generation = await metadata.blobs.nextGeneration(blob.digest)
      expect(generation).toBe(1)
      await metadata.blobs.put({ ...blob, generation }, { repository })
      expect(await metadata.blobs.find(repository, blob.digest)).toMatchObject({ generation: 1 })
      expect(await damageOf(blob)).toMatchObject({ state: "repaired", movedTo: "its-name" })
      expect(await scrub.countDamage()).toBe(0)
    })

    test("a copy that was written since it was looked at is not condemned", async () => {
      const blob = await put()
      clock.advance(1)
      await metadata.blobs.put(blob, { repository })
      expect(await scrub.condemn(blob, "changed")).toBe(false)
      expect(await metadata.blobs.find(repository, blob.digest)).toBeDefined()
      expect(await damageOf(blob)).toBeUndefined()
    })

    test("an acquitted copy is served as before, and beside another one it is not", async () => {
      const [alone, beside] = [await put(), await put()]
      await scrub.condemn(alone, "changed")
      await scrub.acquit(alone)
      expect(await metadata.blobs.find(repository, alone.digest)).toMatchObject({ generation: 0 })
      await scrub.condemn(beside, "changed")
      await metadata.blobs.put({ ...beside, generation: 1 }, { repository })
      await scrub.acquit(beside)
      expect(await metadata.blobs.find(repository, beside.digest)).toMatchObject({ generation: 1 })
      expect(await damageOf(beside)).toBeUndefined()
    })

    test("a missing blob is noted once, stays what it is, and is repaired by a push under the same key", async () => {
      const blob = await put()
      expect(await scrub.note(blob, "missing")).toBe(true)
      expect(await scrub.note(blob, "missing")).toBe(false)
      expect(await damageOf(blob)).toMatchObject({ reason: "missing", state: "open" })
      expect(await metadata.blobs.nextGeneration(blob.digest)).toBe(0)
      clock.advance(1)
      await metadata.blobs.put(blob, { repository })
      expect(await damageOf(blob)).toMatchObject({ state: "repaired" })
      clock.advance(1)
      expect(await scrub.note(blob, "missing")).toBe(true)
      expect(await damageOf(blob)).toMatchObject({ state: "open" })
      expect(await scrub.note({ ...blob, generation: 5 }, "missing")).toBe(false)
      clock.advance(1)
      await metadata.blobs.put(blob, { repository })
    })

    test("a wrong size is corrected, unless the blob was written meanwhile", async () => {
      const [blob, pushedAgain] = [await put(), await put()]
      expect(await scrub.correctSize(blob, 11)).toBe(true)
      expect(await metadata.blobs.find(repository, blob.digest)).toMatchObject({ sizeBytes: 11 })
      expect(await scrub.correctSize({ ...pushedAgain, verifiedAt: 1 }, 11)).toBe(false)
    })

    test("a manifest whose bytes are wrong is not read any more, and a push stores them anew", async () => {
      const manifest = newManifest(repository)
      await metadata.manifests.put(manifest)
      expect((await scrub.listManifests({ limit: 1000 })).items).toContain(manifest.digest)
      await scrub.condemnManifest(manifest.digest, new TextEncoder().encode("others"))
      expect(await metadata.manifests.findBytes(manifest.digest)).toBeDefined()
      await scrub.condemnManifest(manifest.digest, manifest.bytes)
      expect(await metadata.manifests.findBytes(manifest.digest)).toBeUndefined()
      await metadata.manifests.put(manifest)
      expect(await metadata.manifests.findBytes(manifest.digest)).toEqual(manifest.bytes)
    })

    test("what is repaired is forgotten after its time, what is open never", async () => {
      const blob = await put()
      await scrub.note(blob, "missing")
      clock.advance(10)
      await scrub.forgetDamage(clock.now())
      const { items } = await scrub.listDamage({ limit: 1000 })
      expect(items.map(({ digest }) => digest)).toEqual([blob.digest])
    })

    test("what is repaired is forgotten however much of it there is", async () => {
      const blobs = await Promise.all(Array.from({ length: 501 }, put))
      await Promise.all(blobs.map((blob) => scrub.note(blob, "missing")))
      clock.advance(1)
      await Promise.all(blobs.map((blob) => metadata.blobs.put(blob, { repository })))
      clock.advance(10)
      const countRepaired = async () =>
        (await scrub.listDamage({ limit: 1000 })).items.filter(({ state }) => state === "repaired").length
      expect(await countRepaired()).toBe(501)
      await scrub.forgetDamage(clock.now())
      expect(await countRepaired()).toBe(0)
    })

    test("damage is listed of one digest alone as well", async () => {
      const [one, other] = [await put(), await put()]
      await scrub.note(one, "missing")
      await scrub.note(other, "missing")
      const found = { digest: one.digest, reason: "missing", state: "open", foundAt: clock.now() }
      clock.advance(1)
      expect(await scrub.listDamageOf(one.digest, 10)).toMatchObject([found])
      expect(await scrub.listDamageOf((await put()).digest, 10)).toEqual([])
    })
  })
}
