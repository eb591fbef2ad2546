import { afterEach, beforeEach, expect, test } from "bun:test"
import { parseTag } from "../../domain/tag.ts"
import { createManualClock, newManifest, newRepository, referenceTo } from "../../ports/metadata/fixture.contract.ts"
import { collectAll, HOUR } from "../../ports/metadata/gc-scene.contract.ts"
import type { ManifestPut } from "../../ports/metadata/manifests.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createMetadata } from "./metadata.ts"

const repository = newRepository()
let metadata: Metadata
let clock: ReturnType<typeof createManualClock>

beforeEach(async () => {
  clock = createManualClock()
  metadata = await createMetadata({ path: ":memory:", clock })
})

afterEach(() => metadata.close())

/** So many, each of which tells of the one before, or all of the first. Gives the first and the last. */
async function put(count: number, isStar = false) {
  const manifests: ManifestPut[] = []
  for (let i = 0; i < count; i++) {
    const subject = (isStar ? manifests[0] : manifests.at(-1))?.digest
    const named = subject === undefined ? {} : { subject, references: [referenceTo(subject, "subject")] }
    manifests.push(newManifest(repository, named))
  }
  for (let from = 0; from < count; from += 1000)
    await Promise.all(manifests.slice(from, from + 1000).map((each) => metadata.manifests.put(each)))
  const [first, last] = [manifests[0], manifests.at(-1)]
  if (first === undefined || last === undefined) throw new Error("none")
  return { first, last }
}

const collect = (limit = 50) => collectAll({ metadata, clock }, { untagged: true, limit })
const count = () => metadata.repositories.findManifestCount(repository)

test("a chain of thousands stays with the tag at its far end, and goes without it", async () => {
  const { last } = await put(2000)
  const proof = parseTag("proof")
  await metadata.manifests.put({ ...last, tags: [proof] })
  clock.advance(HOUR)
  expect(await collect()).toEqual({})
  expect(await count()).toBe(2000)
  await metadata.tags.delete(repository, proof, { actor: "bob" })
  clock.advance(HOUR)
  expect(await collect()).toEqual({ untagged: 2000 })
})

test("more than ten thousand that tell of one image stay until somebody deletes it", async () => {
  const { first } = await put(10_001, true)
  clock.advance(HOUR)
  expect(await collect(5000)).toEqual({})
  await metadata.manifests.delete(repository, first.digest, { actor: "bob" })
  clock.advance(HOUR)
  expect(await collect(5000)).toEqual({ manifest: 1 })
  clock.advance(HOUR)
  expect(await collect(5000)).toEqual({ untagged: 10_000 })
})
