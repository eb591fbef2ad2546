import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import type { Digest } from "../domain/digest.ts"
import { RegistryError, type ErrorCode } from "../domain/errors.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createManualClock, newRepository, putBlob } from "../ports/metadata/fixture.contract.ts"
import { createGc } from "./gc.ts"
import { contextOf } from "./testing.ts"
import { createTouches } from "./touches.ts"

const HOUR = 3_600_000

/** A collector with a grace period of an hour, beside clients whose pulls may fail to be put on record. */
async function open({ isNoted = false } = {}) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const log = createMemoryLogger()
  const repository = newRepository()
  const mark = createMemoryUnrecorded()
  if (isNoted) await mark.note()
  const faults: { touch?: ErrorCode; forget?: Error; rest?: (() => Promise<void>) | undefined } = {}
  const touch: Metadata["blobs"]["touch"] = (...of) =>
    faults.touch === undefined
      ? metadata.blobs.touch(...of)
      : Promise.reject(new RegistryError(faults.touch, "no room on /data"))
  const forget = () => (faults.forget === undefined ? mark.forget() : Promise.reject(faults.forget))
  const touches = createTouches({
    ...metadata,
    blobs: { ...metadata.blobs, touch },
    unrecorded: { ...mark, forget },
    collectsUntagged: false,
    clock,
    log,
    graceSeconds: 3600,
  })
  const gc = createGc({
    records: metadata.gc,
    store: createMemoryBlobStore(),
    adoption: { isSettled: () => true, listProblems: () => Promise.resolve({ items: [], hasMore: false }) },
    touches,
    clock,
    log,
    rest: async () => {
      await faults.rest?.()
      return false
    },
    isReadOnly: false,
    rules: {
      graceSeconds: 3600,
      sweepDelaySeconds: 60,
      untaggedSeconds: undefined,
      isPaused: false,
      keepSeconds: 86_400,
    },
    rehearse: (_, work) => work(metadata.gc),
  })
  const { signal } = new AbortController()
  return {
    clock,
    faults,
    gc,
    log,
    metadata,
    repository,
    touches,
    push: () => putBlob(metadata, repository),
    run: () => gc.run({ isNow: false, isAlone: false, untagged: false, signal }),
    tell: async (digest: Digest) => {
      const blob = await metadata.blobs.find(repository, digest)
      return blob !== undefined && touches.renew(contextOf("alice"), repository, blob)
    },
  }
}

test("a layer that a client was told of in the middle of a run, which could not be put on record, stays", async () => {
  const { clock, faults, gc, metadata, repository, push, run, tell } = await open()
  const [digest, other] = [await push(), await push()]
  clock.advance(2 * HOUR)
  const answers: boolean[] = []
  faults.rest = async () => {
    faults.rest = undefined
    faults.touch = "STORAGE_FULL"
    answers.push(await tell(digest))
  }
  expect(await run()).toMatchObject({ links: 0, skipped: "pulls that could not be put on record: no room on /data" })
  expect(answers).toEqual([true])
  expect(await gc.status()).toMatchObject({ waitsFor: "pulls that could not be put on record: no room on /data" })
  delete faults.touch
  expect(await run()).toMatchObject({ links: 1 })
  expect(await metadata.blobs.find(repository, digest)).toBeDefined()
  expect(await metadata.blobs.find(repository, other)).toBeUndefined()
  expect(await gc.status()).not.toHaveProperty("waitsFor")
})

test("a client is not told of a layer that went while that could not be put on record", async () => {
  const { clock, faults, metadata, repository, touches, push, tell } = await open()
  const digest = await push()
  clock.advance(2 * HOUR)
  await touches.settle()
  const { promise: goOn, resolve } = Promise.withResolvers<void>()
  const step = touches.collect(async () => {
    await goOn
    return metadata.blobs.unlink(repository, digest, { actor: "gc" })
  })
  faults.touch = "STORAGE_FULL"
  const told = tell(digest)
  for (let turns = 0; turns < 100 && touches.findTrouble() === undefined; turns++)
    await new Promise((turn) => setImmediate(turn))
  expect(await touches.collect(() => Promise.resolve("begun"))).toBeUndefined()
  // As far as it gets without the step.
  for (let turns = 0; turns < 20; turns++) await new Promise((turn) => setImmediate(turn))
  resolve()
  expect(await step).toBe(true)
  expect(await told).toBe(false)
})

test("where too many writes wait, the client is told of nothing, and the collector waits for nothing", async () => {
  const { clock, faults, gc, push, run, tell } = await open()
  const digest = await push()
  clock.advance(2 * HOUR)
  faults.touch = "OVERLOADED"
  expect(await tell(digest).catch((error: unknown) => error)).toMatchObject({ code: "OVERLOADED" })
  expect(await gc.status()).not.toHaveProperty("waitsFor")
  expect(await run()).toMatchObject({ links: 1 })
})

test("what keeps pulls from being put on record is logged once, and again when it comes back", async () => {
  const { clock, faults, gc, log, push, run, tell } = await open()
  const digest = await push()
  const said = () => log.messages("error").filter((message) => message.includes("cannot be put on record")).length
  for (const times of [1, 2]) {
    clock.advance(2 * HOUR)
    faults.touch = "STORAGE_FAILED"
    expect(await tell(digest)).toBe(true)
    for (let runs = 0; runs < 3; runs++) expect(await run()).toMatchObject({ links: 0 })
    expect(await gc.status()).toMatchObject({ waitsFor: expect.stringContaining("no room on /data") })
    expect(said()).toBe(times)
    delete faults.touch
    expect(await run()).not.toHaveProperty("skipped")
  }
})

test("a mark that cannot be removed puts collection off once, and not with each run", async () => {
  const { clock, faults, log, push, run } = await open({ isNoted: true })
  await push()
  clock.advance(2 * HOUR)
  faults.forget = new Error("EACCES: /data/berth/told-lost")
  expect(await run()).toMatchObject({ links: 0, skipped: expect.stringContaining("full disk") })
  clock.advance(HOUR)
  expect(await run()).toMatchObject({ links: 1 })
  expect(log.messages("error")).toHaveLength(1)
  delete faults.forget
  await run()
  faults.forget = new Error("not asked again")
  await run()
  expect(log.messages("error")).toHaveLength(1)
})
