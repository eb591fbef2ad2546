import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createManualClock, newManifest, newRepository, putBlob, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { createGc } from "./gc.ts"
import { contextOf } from "./testing.ts"
import { createTouches } from "./touches.ts"

const HOUR = 3_600_000

/** A database, and servers on it, one after the other, each with its own grace period. */
async function open() {
  const unrecorded = createMemoryUnrecorded()
  let isFull = false
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const store = createMemoryBlobStore()
  const log = createMemoryLogger()
  const repository = newRepository()

  function start(graceHours: number) {
    const graceSeconds = graceHours * 3600
    const touch: Metadata["blobs"]["touch"] = (...of) =>
      isFull ? Promise.reject(new RegistryError("STORAGE_FULL", "full")) : metadata.blobs.touch(...of)
    const blobs = { ...metadata.blobs, touch }
    const touches = createTouches({ ...metadata, blobs, unrecorded, collectsUntagged: false, clock, log, graceSeconds })
    const gc = createGc({
      records: metadata.gc,
      store,
      adoption: { isSettled: () => true, listProblems: () => Promise.resolve({ items: [], hasMore: false }) },
      touches,
      clock,
      log,
      rest: () => Promise.resolve(false),
      isReadOnly: false,
      rules: {
        graceSeconds,
        sweepDelaySeconds: 60,
        untaggedSeconds: undefined,
        isPaused: false,
        keepSeconds: 86_400,
      },
      rehearse: (_, work) => work(metadata.gc),
    })
    const { signal } = new AbortController()
    return {
      gc,
      run: () => gc.run({ isNow: false, isAlone: false, untagged: false, signal }),
      tell: async (digest: Digest) => {
        const blob = await metadata.blobs.find(repository, digest)
        return blob !== undefined && touches.renew(contextOf("alice"), repository, blob)
      },
    }
  }

  return { clock, metadata, repository, start, unrecorded, setFull: (value: boolean) => void (isFull = value) }
}

test("what could not be put on record may be relied on for the grace period after a restart as well", async () => {
  const { clock, metadata, repository, start, unrecorded, setFull } = await open()
  const digest = await putBlob(metadata, repository)
  clock.advance(23 * HOUR)
  setFull(true)
  const first = start(12)
  expect(await first.tell(digest)).toBe(true)
  expect(await unrecorded.isNoted()).toBe(true)
  expect(await first.run()).toMatchObject({ links: 0, skipped: expect.stringContaining("could not be put on record") })
  setFull(false)
  const second = start(12)
  expect(await second.run()).toMatchObject({ links: 0, skipped: expect.stringContaining("full disk") })
  expect(await unrecorded.isNoted()).toBe(false)
  const { waitsUntil } = await second.gc.status()
  expect(waitsUntil).toBe(clock.now() + 12 * HOUR)
  clock.advance(11 * HOUR)
  // Another restart forgets nothing, and does not begin it anew.
  const third = start(12)
  expect(await third.run()).toMatchObject({ links: 0 })
  clock.advance(HOUR)
  expect(await third.run()).toMatchObject({ links: 1 })
})

test("what is put on record once there is room again leaves nothing to wait for", async () => {
  const { clock, metadata, repository, start, unrecorded, setFull } = await open()
  const digest = await putBlob(metadata, repository)
  const other = await putBlob(metadata, repository)
  clock.advance(30 * HOUR)
  setFull(true)
  const first = start(12)
  expect(await first.tell(digest)).toBe(true)
  setFull(false)
  expect(await first.run()).toMatchObject({ links: 1 })
  expect(await metadata.blobs.find(repository, digest)).toBeDefined()
  expect(await metadata.blobs.find(repository, other)).toBeUndefined()
  expect(await unrecorded.isNoted()).toBe(false)
  expect((await first.gc.status()).waitsUntil).toBeUndefined()
})

test("what was told under a longer grace period may be relied on for its length, after a restart with a shorter one", async () => {
  const { clock, metadata, repository, start } = await open()
  const first = start(24)
  const digest = await putBlob(metadata, repository)
  clock.advance(11 * HOUR)
  // Told, and too early to be put on record once more.
  expect(await first.tell(digest)).toBe(true)
  const second = start(1)
  for (const hours of [0, 1, 22]) {
    clock.advance(hours * HOUR)
    expect(await second.run()).toMatchObject({ links: 0 })
    expect(await metadata.blobs.find(repository, digest)).toBeDefined()
  }
  // Another restart forgets nothing.
  const third = start(2)
  expect(await third.run()).toMatchObject({ links: 0 })
  clock.advance(HOUR / 2)
  expect(await third.run()).toMatchObject({ links: 0 })
  clock.advance(HOUR / 2)
  expect(await third.run()).toMatchObject({ links: 1 })
})

test("a longer grace period counts at once, and a shorter one once the longer has passed", async () => {
  const { clock, metadata, repository, start } = await open()
  await start(1).run()
  clock.advance(HOUR)
  const longer = start(24)
  await longer.run()
  await putBlob(metadata, repository)
  clock.advance(2 * HOUR)
  expect(await longer.run()).toMatchObject({ links: 0 })
  const shorter = start(1)
  await shorter.run()
  clock.advance(25 * HOUR)
  expect(await shorter.run()).toMatchObject({ links: 1, condemned: 1 })
  await putBlob(metadata, repository)
  clock.advance(1.5 * HOUR)
  expect(await shorter.run()).toMatchObject({ links: 1, condemned: 1 })
})

test("the last run that did something is known after a restart, with what it did", async () => {
  const { clock, metadata, repository, start } = await open()
  const first = start(1)
  await first.run()
  expect((await first.gc.status()).lastRun).toBeUndefined()
  await putBlob(metadata, repository)
  clock.advance(2 * HOUR)
  await first.run()
  const lastRun = { startedAt: clock.now(), endedAt: clock.now(), links: 1, condemned: 1, condemnedBytes: 10 }
  clock.advance(1000)
  await first.run()
  expect((await first.gc.status()).lastRun).toMatchObject(lastRun)
  const second = start(1)
  await second.run()
  const found = (await second.gc.status()).lastRun
  expect(found).toMatchObject(lastRun)
  expect(found).not.toHaveProperty("sample")
})

test("history that is older than it is kept is forgotten to its end, however much of it stays", async () => {
  const { clock, metadata, repository, start } = await open()
  const staying = Array.from({ length: 1100 }, (_, index) => `t${index}`)
  for (const tags of [tagsOf(...staying), tagsOf("v"), tagsOf("v")])
    await metadata.manifests.put(newManifest(repository, { tags }))
  clock.advance(24 * HOUR + 1)
  const server = start(1)
  expect(await server.run()).toMatchObject({ forgotten: 1 })
  clock.advance(HOUR)
  expect(await server.run()).toMatchObject({ forgotten: 0 })
})
