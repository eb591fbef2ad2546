import { Database } from "bun:sqlite"
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test"
import { join } from "node:path"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  referenceTo,
} from "../../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createScratch } from "../../../test/support/scratch.ts"
import { createMetadata } from "./metadata.ts"

describe("a blob that the garbage collector has marked", () => {
  const scratch = createScratch("berth-blobs")
  const [repository, digest] = [newRepository(), newDigest()]
  const blob = { digest, generation: 0, sizeBytes: 10 }
  const clock = createManualClock()
  let metadata: Metadata
  let collector: Database
  let files = 0

  beforeEach(async () => {
    const path = join(scratch.path, `${++files}.db`)
    metadata = await createMetadata({ path, clock })
    collector = new Database(path, { readwrite: true })
    await metadata.blobs.put(blob, { repository })
  })
  afterEach(async () => {
    collector.close(true)
    await metadata.close()
  })
  afterAll(() => scratch[Symbol.dispose]())

  const mark = (state: string) => collector.run("UPDATE blob SET state = ?", [state])
  const rows = () => collector.query("SELECT generation, state, touched_at FROM blob ORDER BY generation").all()

  test("is not found, so that a client uploads it again", async () => {
    mark("condemned")
    expect(await metadata.blobs.find(repository, digest)).toBeUndefined()
    expect(await metadata.blobs.mount(digest, { from: repository, to: newRepository() })).toBe(false)
    expect(await metadata.blobs.nextGeneration(digest)).toBe(1)
  })

  test("is kept when a manifest of a repository that has it comes in time", async () => {
    mark("condemned")
    clock.advance(5000)
    expect(await metadata.manifests.put(newManifest(repository, { references: [referenceTo(digest)] }))).toEqual({
      missing: [],
    })
    expect(rows()).toEqual([{ generation: 0, state: "live", touched_at: clock.now() }])
    expect(await metadata.blobs.find(repository, digest)).toMatchObject(blob)
  })

  test("is missing for a manifest once it is being deleted", async () => {
    mark("deleting")
    const references = [referenceTo(digest)]
    expect(await metadata.manifests.put(newManifest(repository, { references }))).toEqual({ missing: references })
  })

  test("lives beside its dead copy when it is uploaded again", async () => {
    mark("deleting")
    const generation = await metadata.blobs.nextGeneration(digest)
    await metadata.blobs.put({ ...blob, generation }, { repository })
    expect(await metadata.blobs.find(repository, digest)).toMatchObject({ ...blob, generation: 1 })
    expect(rows()).toMatchObject([{ state: "deleting" }, { generation: 1, state: "live" }])
  })

  test("refuses an upload to the key that is being deleted", async () => {
    mark("deleting")
    const failure = await metadata.blobs.put(blob, { repository }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: "RegistryError", code: "STORAGE_FAILED" })
    expect(rows()).toMatchObject([{ state: "deleting" }])
  })

  test("an upload that another copy forestalled is left to the collector", async () => {
    await metadata.blobs.put({ ...blob, generation: 1 }, { repository })
    expect(rows()).toMatchObject([
      { generation: 0, state: "live" },
      { generation: 1, state: "condemned" },
    ])
  })
})
