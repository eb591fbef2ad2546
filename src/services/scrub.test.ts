import { afterAll, beforeAll, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import * as fc from "fast-check"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { digestOf, type Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { BlobKey, BlobStore } from "../ports/blob-store.ts"
import { createManualClock, newRepository } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createScrub, type Scrub, type ScrubRun } from "./scrub.ts"

const clock = createManualClock()
const never: ScrubRun = { signal: new AbortController().signal, pace: () => Promise.resolve() }
const full: ScrubRun = { ...never, isFull: true }
const repository = newRepository()
const other = newRepository()

let metadata: Metadata
let store: BlobStore
let scrub: Scrub
let log = createMemoryLogger()

beforeAll(async () => {
  metadata = await createMetadata({ path: ":memory:", clock })
  store = createMemoryBlobStore()
  reopen()
})
afterAll(() => metadata.close())

function reopen(changes: Partial<BlobStore> = {}): void {
  log = createMemoryLogger()
  const parts = { records: metadata.scrub, manifests: metadata.manifests, clock, log }
  scrub = createScrub({ ...parts, store: { ...store, ...changes } })
}

async function write(key: BlobKey, bytes: Uint8Array): Promise<void> {
  await store.append("upload", new Blob([Uint8Array.from(bytes)]).stream(), { algorithm: "sha256" })
  await store.complete("upload", key)
}

async function push(bytes: Uint8Array): Promise<BlobKey> {
  clock.advance(1)
  const digest = sha256(bytes)
  const key = { digest, generation: await metadata.blobs.nextGeneration(digest) }
  await write(key, bytes)
  for (const each of [repository, other])
    await metadata.blobs.put({ ...key, sizeBytes: bytes.length }, { repository: each })
  return key
}

async function serves(digest: Digest): Promise<Uint8Array | undefined> {
  const found = await metadata.blobs.find(other, digest)
  return found && store.read(found, 10_000)
}

function sha256(bytes: Uint8Array): Digest {
  return digestOf("sha256", createHash("sha256").update(bytes).digest("hex"))
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  const at = Math.floor(bit / 8) % bytes.length
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8))
  return flipped
}

test("any flipped bit of any blob is found by one pass, kept aside, and repaired for every repository by a push", async () => {
  let tried = 0
  const contents = fc.uniqueArray(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6, selector: String })
  const property = fc.asyncProperty(contents, fc.nat(), fc.nat(), async (all, which, bit) => {
    const bytes = all[which % all.length] ?? new Uint8Array()
    for (const each of all) await push(each)
    const key = await push(bytes)
    // An empty blob has no bit: it grows.
    await write(key, bytes.length === 0 ? new Uint8Array(1) : flip(bytes, bit))
    const { damaged } = await scrub.run(full)
    expect(damaged).toBe(1)
    expect(await serves(key.digest)).toBeUndefined()
    expect(await store.findSize(key)).toBeUndefined()
    expect((await scrub.run(full)).damaged).toBe(0)
    expect(await scrub.countDamage()).toBe(1)
    await push(bytes)
    expect(Uint8Array.from((await serves(key.digest)) ?? [9])).toEqual(bytes)
    expect(await scrub.countDamage()).toBe(0)
    expect((await scrub.run(full)).damaged).toBe(0)
    for (const each of all) expect(await serves(sha256(each))).toBeDefined()
    tried++
  })
  await fc.assert(property, { numRuns: 60 })
  console.log(`scrub: ${tried} flipped bits, all found and repaired`)
})

test("a push at any moment of the finding is never lost", async () => {
  let tried = 0
  for (let moment = 0; ; moment++) {
    const bytes = crypto.getRandomValues(new Uint8Array(50))
    const key = await push(bytes)
    await write(key, flip(bytes, moment))
    let calls = 0
    let pushed: Promise<unknown> | undefined
    const inject = async () => {
      if (calls++ === moment) await (pushed = push(bytes).catch((error: unknown) => error))
    }
    reopen({
      verify: async (...given) => {
        await inject()
        const isRight = await store.verify(...given)
        if (given[0].digest === key.digest) await inject()
        return isRight
      },
      quarantine: async (given) => {
        await inject()
        const name = await store.quarantine(given)
        await inject()
        return name
      },
    })
    await scrub.runOne(key.digest, never)
    const isAcknowledged = pushed !== undefined && !((await pushed) instanceof Error)
    if (isAcknowledged) expect(await serves(key.digest)).toEqual(bytes)
    await push(bytes)
    expect(await serves(key.digest)).toEqual(bytes)
    if (pushed === undefined) break
    tried++
  }
  expect(tried).toBeGreaterThan(5)
  reopen()
})

test("a push whose row comes while its copy is condemned is told to push again, and loses nothing", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(50))
  const key = await push(bytes)
  await write(key, flip(bytes, 3))
  let late: string | undefined
  let isDone = false
  reopen({
    quarantine: async (given) => {
      if (!isDone) {
        isDone = true
        // It had asked for its generation before.
        await write(key, bytes)
        late = await metadata.blobs.put({ ...key, sizeBytes: 50 }, { repository }).then(() => "acknowledged", String)
      }
      return store.quarantine(given)
    },
  })
  await scrub.runOne(key.digest, never)
  expect(late).toContain("push the blob again")
  await push(bytes)
  expect(await serves(key.digest)).toEqual(bytes)
  reopen()
})

test("a pass goes on where it was stopped, also after a restart", async () => {
  for (let n = 0; n < 30; n++) await push(crypto.getRandomValues(new Uint8Array(20)))
  await scrub.run(full)
  const stopping = new AbortController()
  const seen: Digest[] = []
  const watch = (signal: AbortSignal, isFull: boolean): ScrubRun => ({ ...never, signal, isFull })
  reopen({
    verify: (key, pace) => {
      if (seen.push(key.digest) === 12) stopping.abort()
      return store.verify(key, pace)
    },
  })
  expect(await scrub.run(watch(stopping.signal, true)).catch(String)).toContain("AbortError")
  const before = seen.length
  const pass = await scrub.run(watch(never.signal, false))
  expect(before).toBe(12)
  expect(new Set(seen).size).toBe(seen.length)
  expect(pass).toMatchObject({ objects: seen.length, damaged: 0 })
  expect(pass.endedAt).toBeDefined()
  reopen()
})

test("a run that somebody asks for goes before the one in the background", async () => {
  const letOn = Promise.withResolvers<void>()
  const background = scrub.runInBackground({
    ...full,
    pace: () => letOn.promise,
  })
  await Promise.resolve()
  await new Promise((resolve) => setTimeout(resolve, 5))
  const asked = scrub.run(never)
  letOn.resolve()
  expect(await background).toBeUndefined()
  expect((await asked).endedAt).toBeDefined()
})

test("what was written last is looked at first after a server was cut off, and after a clean stop not", async () => {
  await scrub.open()
  const bytes = crypto.getRandomValues(new Uint8Array(20))
  const key = await push(bytes)
  await write(key, flip(bytes, 1))
  reopen()
  await scrub.open()
  expect(await scrub.checkSuspects(never)).toBeGreaterThan(0)
  expect(await serves(key.digest)).toBeUndefined()
  expect(scrub.counts().damaged).toBe(1)
  await scrub.close()
  reopen()
  await scrub.open()
  expect(await scrub.checkSuspects(never)).toBe(0)
  await push(bytes)
})

test("a copy that was condemned before a kill is moved aside by the next pass, and a whole one is acquitted", async () => {
  const [damaged, whole] = [await push(new Uint8Array([1, 2])), await push(new Uint8Array([3, 4]))]
  await write(damaged, new Uint8Array([1, 3]))
  for (const key of [damaged, whole]) {
    const blob = await metadata.scrub.find(key)
    if (blob === undefined) throw new Error("the blob is gone")
    await metadata.scrub.condemn(blob, "changed")
  }
  reopen()
  await scrub.run(full)
  expect(await store.findSize(damaged)).toBeUndefined()
  expect(await serves(whole.digest)).toEqual(new Uint8Array([3, 4]))
  expect(await metadata.scrub.listUnmoved(10)).toEqual([])
  await push(new Uint8Array([1, 2]))
})

test("a storage that cannot be reached condemns nothing, and one whose disk fails does", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(20))
  const key = await push(bytes)
  const fail = (code: string) => () =>
    Promise.reject(new RegistryError("STORAGE_FAILED", "failed", { cause: Object.assign(new Error(code), { code }) }))
  reopen({ verify: fail("ESTALE") })
  expect(await scrub.runOne(key.digest, never).catch(String)).toContain("failed")
  expect(await serves(key.digest)).toEqual(bytes)
  reopen({ verify: fail("EIO") })
  expect(await scrub.runOne(key.digest, never)).toMatchObject({ damaged: 1 })
  expect(await serves(key.digest)).toBeUndefined()
  reopen()
  await push(bytes)
})

test("a missing blob is told of once and stays; a storage without any blob is not looked through", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(20))
  const key = await push(bytes)
  await store.remove(key)
  expect((await scrub.run(full)).damaged).toBe(1)
  expect((await scrub.run(full)).damaged).toBe(1)
  expect(log.messages("error")).toHaveLength(1)
  await push(bytes)
  expect(await scrub.countDamage()).toBe(0)
  reopen({ verify: () => Promise.resolve(undefined), list: () => Promise.resolve({ items: [], hasMore: false }) })
  expect(await scrub.run(full).catch(String)).toContain("is its file system mounted?")
  expect(await scrub.countDamage()).toBe(0)
  reopen()
})

/** Another upload of it was faster: `put` keeps this copy for the collector, beside the one that is served. */
async function pushTwice(bytes: Uint8Array): Promise<{ spare: BlobKey; served: BlobKey }> {
  const served = await push(bytes)
  const spare = { digest: served.digest, generation: served.generation + 1 }
  await write(spare, bytes)
  await metadata.blobs.put({ ...spare, sizeBytes: bytes.length }, { repository })
  expect((await metadata.blobs.find(repository, served.digest))?.generation).toBe(served.generation)
  return { spare, served }
}

test("a damaged copy beside one that is served is moved aside without an alarm, and the one that is served with one", async () => {
  reopen()
  const bytes = crypto.getRandomValues(new Uint8Array(50))
  const { spare, served } = await pushTwice(bytes)
  await write(spare, flip(bytes, 5))
  expect(await scrub.run(full)).toMatchObject({ damaged: 0 })
  expect(scrub.counts().damaged).toBe(0)
  expect(await scrub.countDamage()).toBe(0)
  expect(log.messages("error")).toEqual([])
  expect(log.messages("warn").join()).toContain("nothing is to be done")
  expect(await store.findSize(spare)).toBeUndefined()
  expect(await serves(served.digest)).toEqual(bytes)
  await write(served, flip(bytes, 5))
  expect(await scrub.run(full)).toMatchObject({ damaged: 1 })
  expect(log.messages("error")).toHaveLength(1)
  await push(bytes)
})

test("a missing copy beside one that is served is no alarm, and is one as soon as it is the only one", async () => {
  reopen()
  const bytes = crypto.getRandomValues(new Uint8Array(50))
  const { spare, served } = await pushTwice(bytes)
  await store.remove(spare)
  for (let pass = 0; pass < 2; pass++) expect(await scrub.run(full)).toMatchObject({ damaged: 0 })
  expect(log.messages("error")).toEqual([])
  expect(log.messages("warn")).toHaveLength(1)
  await write(served, flip(bytes, 5))
  // The served one comes first, and then there is no other.
  expect(await scrub.run(full)).toMatchObject({ damaged: 2 })
  expect(await scrub.countDamage()).toBe(1)
  await push(bytes)
})
