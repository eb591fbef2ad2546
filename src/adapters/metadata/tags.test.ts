import { Database } from "bun:sqlite"
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { parseTag } from "../../domain/tag.ts"
import { createManualClock, newManifest, newRepository, tagsOf } from "../../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createScratch } from "../../../test/support/scratch.ts"
import { createMetadata } from "./metadata.ts"

describe("tag history", () => {
  const scratch = createScratch("berth-tags")
  const clock = createManualClock()
  let metadata: Metadata
  let observer: Database
  let files = 0

  beforeEach(async () => {
    const path = join(scratch.path, `${++files}.db`)
    metadata = await createMetadata({ path, clock })
    observer = new Database(path, { readonly: true })
  })
  afterEach(async () => {
    observer.close(true)
    await metadata.close()
  })
  afterAll(() => scratch[Symbol.dispose]())

  const history = () => observer.query("SELECT tag, digest, previous, at, actor FROM tag_history ORDER BY id").all()

  test("notes who moved a tag where, and when, and not that it stayed", async () => {
    const repository = newRepository()
    const [first, second] = [
      newManifest(repository, { tags: tagsOf("v") }),
      newManifest(repository, { tags: tagsOf("v") }),
    ]
    const begin = clock.now()
    await metadata.manifests.put(first)
    await metadata.manifests.put(first)
    clock.advance(7)
    await metadata.manifests.put({ ...second, actor: "bob" })
    await metadata.tags.delete(repository, parseTag("v"), { actor: "carol" })
    expect(history()).toEqual([
      { tag: "v", digest: first.digest, previous: null, at: begin, actor: "alice" },
      { tag: "v", digest: second.digest, previous: first.digest, at: begin + 7, actor: "bob" },
      { tag: "v", digest: null, previous: second.digest, at: begin + 7, actor: "carol" },
    ])
  })

  test("notes every tag that goes with its manifest", async () => {
    const manifest = newManifest(newRepository(), { tags: tagsOf("a", "b") })
    await metadata.manifests.put(manifest)
    await metadata.manifests.delete(manifest.repository, manifest.digest, { actor: "bob" })
    expect(history().slice(2)).toMatchObject([
      { tag: "a", digest: null, previous: manifest.digest, actor: "bob" },
      { tag: "b", digest: null, previous: manifest.digest, actor: "bob" },
    ])
  })

  test("notes nothing of a put that was refused", async () => {
    const manifest = newManifest(newRepository(), { tags: tagsOf("a") })
    await metadata.manifests.put({
      ...manifest,
      references: [{ kind: "layer", digest: manifest.digest, sizeBytes: 1, isRequired: true }],
    })
    expect(history()).toEqual([])
  })
})

describe("the time of the last pull", () => {
  test("is written at most once an hour", async () => {
    using scratch = createScratch("berth-pulls")
    const clock = createManualClock()
    const path = join(scratch.path, "metadata.db")
    const metadata = await createMetadata({ path, clock })
    const observer = new Database(path, { readonly: true })
    const manifest = newManifest(newRepository())
    await metadata.manifests.put(manifest)
    const lastPulled = async () => {
      await metadata.manifests.markPulled([manifest])
      return observer.query("SELECT last_pulled_at FROM manifest").values().flat()
    }
    const begin = clock.now()
    expect(await lastPulled()).toEqual([begin])
    clock.advance(3_600_000)
    expect(await lastPulled()).toEqual([begin])
    clock.advance(1)
    expect(await lastPulled()).toEqual([clock.now()])
    observer.close(true)
    await metadata.close()
  })
})
