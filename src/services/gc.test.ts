import { describe, expect, test } from "bun:test"
import type { Problem } from "../domain/adoption.ts"
import { newManifest, referenceTo, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { openGc, HOUR } from "./gc-testing.ts"
import { createManifestDeletion } from "./manifest-deletion.ts"
import { contextOf } from "./testing.ts"

test("garbage is condemned after one and a half grace periods, and its bytes go after the delay", async () => {
  const { run, push, isStored, clock } = await openGc()
  const digest = await push()
  clock.advance(3 * HOUR - 1)
  expect(await run()).toMatchObject({ links: 0, condemned: 0 })
  clock.advance(1)
  expect(await run()).toMatchObject({ links: 1, condemned: 1, condemnedBytes: 10, removed: 0 })
  clock.advance(HOUR - 1)
  expect(await run()).toMatchObject({ removed: 0 })
  expect(await isStored(digest)).toBe(true)
  clock.advance(1)
  expect(await run()).toMatchObject({ removed: 1, removedBytes: 10 })
  expect(await isStored(digest)).toBe(false)
})

test("how far a run is, and how long it will take, can be asked meanwhile", async () => {
  const seen: unknown[] = []
  const rest = async () => {
    clock.advance(1000)
    seen.push((await gc.status()).progress)
    return true
  }
  const { gc, run, push, clock } = await openGc({ rest })
  for (let count = 0; count < 24; count++) await push()
  clock.advance(3 * HOUR)
  await run()
  expect(seen).toContainEqual({ done: 16, total: 24, secondsLeft: 2 })
  expect(await gc.status()).not.toHaveProperty("progress")
})

test("the minute between two runs is not taken for work, after which others are to have their turn for longer", async () => {
  const steps: string[] = []
  const rest = Object.assign(
    () => {
      if (steps.at(-1) !== "rested") steps.push("rested")
      return Promise.resolve(false)
    },
    { begin: () => void steps.push("began") },
  )
  const { run, push, clock } = await openGc({ rest })
  await push()
  clock.advance(3 * HOUR)
  await run()
  await run()
  expect(steps).toEqual(["began", "rested", "began", "rested"])
})

test("what a client was told of stays for another grace period at least", async () => {
  const { run, push, blobs, clock, repository, metadata } = await openGc()
  const digest = await push()
  const context = contextOf("alice")
  clock.advance(HOUR)
  await blobs.get(context, repository, digest)
  clock.advance(3 * HOUR - 1)
  // Told once more, and too early to be put on record again: the half grace period on top is for this.
  await run()
  expect(await metadata.blobs.find(repository, digest)).toBeDefined()
  const manifest = newManifest(repository, { references: [referenceTo(digest)] })
  expect(await metadata.manifests.put(manifest)).toEqual({ missing: [] })
  clock.advance(100 * HOUR)
  await run()
  expect(await metadata.blobs.find(repository, digest)).toBeDefined()
})

test("now: the grace period is waived and the delay is kept; alone: nothing is waited for", async () => {
  const served = await openGc()
  const digest = await served.push()
  expect(await served.run({ isNow: true })).toMatchObject({ condemned: 1, removed: 0 })
  expect(await served.isStored(digest)).toBe(true)
  const alone = await openGc()
  const other = await alone.push()
  expect(await alone.run({ isNow: true, isAlone: true })).toMatchObject({ condemned: 1, removed: 1 })
  expect(await alone.isStored(other)).toBe(false)
})

test("beside a server, untagged manifests go where that is asked for, an index with its children, and are listed", async () => {
  const { run, metadata, repository, clock } = await openGc()
  const child = newManifest(repository)
  const index = newManifest(repository, { references: [referenceTo(child.digest, "manifest")] })
  const tagged = newManifest(repository, { tags: tagsOf("v1") })
  for (const manifest of [child, index, tagged]) {
    await metadata.manifests.put(manifest)
    // The child is looked at first, and held by its index.
    clock.advance(1)
  }
  // What the timed runs look at stays, and leaves the queue.
  await run()
  expect(await run({ isNow: true, isListed: true })).toMatchObject({ found: { marked: 3, blobs: 0, manifests: 0 } })
  clock.advance(1)
  const all = { isNow: true, untagged: true, isListed: true }
  expect(await run(all)).toMatchObject({ untagged: 2, found: { marked: 1, blobs: 0, manifests: 2 } })
  const found = await metadata.gc.listFound({ kind: "manifest", repository }, { limit: 10 })
  expect(found.items).toEqual([child.digest, index.digest].toSorted())
  // Whoever asked for the list has an hour to read it.
  await run()
  expect((await metadata.gc.listFound({ kind: "manifest", repository }, { limit: 1 })).items).toHaveLength(1)
  clock.advance(HOUR)
  await run()
  expect((await metadata.gc.listFound({ kind: "manifest", repository }, { limit: 1 })).items).toEqual([])
})

describe("an object without a row", () => {
  test("goes in one run where nobody else uses the store, unless a link of distribution's names it", async () => {
    const { run, leave, isStored, metadata, repository, clock } = await openGc()
    await run()
    const [orphan, named] = [await leave(), await leave()]
    await metadata.exports.putBase(repository, "manifest", [{ name: named, digest: named }])
    clock.advance(1)
    const alone = { isNow: true, isAlone: true }
    expect(await run(alone)).toMatchObject({ orphans: 1, removed: 1, sample: [{ kind: "blob", digest: orphan }] })
    expect([await isStored(orphan), await isStored(named)]).toEqual([false, true])
    // Not everything is waived without --now: somebody may have been copying it in.
    await leave()
    expect(await run({ isAlone: true })).toMatchObject({ orphans: 0 })
    clock.advance(2 * HOUR + 1)
    expect(await run({ isAlone: true })).toMatchObject({ orphans: 1, removed: 1 })
  })

  test("is looked for from the beginning with --now beside a server, and keeps both delays", async () => {
    const { run, leave, isStored, clock } = await openGc()
    await run()
    const orphan = await leave()
    const steps = [2 * HOUR, 1, HOUR - 1]
    for (const step of steps) {
      clock.advance(step)
      expect(await run({ isNow: true })).toMatchObject({ orphans: 0 })
    }
    clock.advance(1)
    // Without it the next look is a day after the last.
    expect(await run()).toMatchObject({ orphans: 0 })
    expect(await isStored(orphan)).toBe(true)
    expect(await run({ isNow: true })).toMatchObject({ orphans: 1, removed: 1 })
  })

  test("stays while something of a repository could not be read", async () => {
    const problems: Problem[] = [{ kind: "link-damaged", path: "repositories/app/_layers/sha256/x/link" }]
    const { run, leave, isStored, clock } = await openGc({ problems })
    const orphan = await leave()
    clock.advance(1)
    expect(await run({ isNow: true, isAlone: true })).toMatchObject({ orphans: 0, removed: 0 })
    expect(await isStored(orphan)).toBe(true)
  })
})

describe("nothing is collected", () => {
  test("by itself in read-only mode, but what is asked for is", async () => {
    const { run, push, gc } = await openGc({ isReadOnly: true })
    await push()
    const skipped = expect.stringContaining("read-only mode")
    expect(await run({ isNow: true, isTimed: true })).toMatchObject({ skipped, links: 0 })
    expect(await gc.status()).toMatchObject({ waitsFor: skipped })
    expect(await run({ isNow: true })).toMatchObject({ links: 1 })
  })

  test("while a directory is being taken over", async () => {
    const { run, push, adoption, gc } = await openGc()
    await push()
    adoption.settled = false
    expect(await run({ isNow: true })).toMatchObject({ skipped: expect.stringContaining("take-over"), links: 0 })
    expect(await gc.status()).toMatchObject({ waitsFor: expect.stringContaining("take-over") })
  })

  test("while it is paused", async () => {
    const { run, push, rules } = await openGc()
    await push()
    rules.isPaused = true
    expect(await run({ isNow: true })).toMatchObject({ skipped: expect.stringContaining("gc.paused"), links: 0 })
  })

  test("while somebody holds it, and again afterwards", async () => {
    const { run, push, gc } = await openGc()
    await push()
    const release = await gc.hold("a backup")
    expect(await run({ isNow: true })).toMatchObject({ skipped: "a backup", links: 0 })
    release()
    expect(await run({ isNow: true })).toMatchObject({ links: 1 })
  })

  test("of a repository in which something could not be read", async () => {
    const path = (name: string) => `docker/registry/v2/repositories/${name}/_manifests/revisions/sha256/x/link`
    const problems: Problem[] = []
    const { run, push, repository, gc } = await openGc({ problems })
    await push()
    problems.push({ kind: "manifest-unknown", path: path(repository) })
    expect(await run({ isNow: true })).toMatchObject({ links: 0 })
    expect(await gc.status()).toMatchObject({ held: [repository] })
    expect((await gc.status()).waitsFor).toBeUndefined()
    problems[0] = { kind: "unreadable", path: "docker/registry/v2/repositories" }
    const reason = expect.stringContaining("may be about any repository")
    expect(await run({ isNow: true })).toMatchObject({ skipped: reason, links: 0 })
    expect(await gc.status()).toMatchObject({ waitsFor: reason })
  })

  test("once the signal is given", async () => {
    const { run, push, metadata, repository } = await openGc()
    const digest = await push()
    const signal = AbortSignal.abort(new Error("enough"))
    expect(await run({ isNow: true, signal }).catch((error: unknown) => error)).toEqual(new Error("enough"))
    expect(await metadata.blobs.find(repository, digest)).toBeDefined()
  })
})

test("runs are counted by how they ended, with what they did, and rehearsals are not", async () => {
  const storage = { isBroken: false }
  const { gc, run, push, clock, rules } = await openGc({
    changes: (store) => ({
      ...store,
      list: (step) => (storage.isBroken ? Promise.reject(new Error("EIO")) : store.list(step)),
    }),
  })
  await push()
  expect((await gc.countBacklog()).reviews.link).toBe(1)
  storage.isBroken = true
  // What it removed before the storage could not be listed is gone.
  expect(await run({ isNow: true, isAlone: true }).catch((error: unknown) => error)).toEqual(new Error("EIO"))
  const failed = { runs: { done: 0, skipped: 0, failed: 1 }, removed: 1, removedBytes: 10, succeededAt: 0 }
  expect(gc.counts()).toMatchObject(failed)
  storage.isBroken = false
  rules.isPaused = true
  await run()
  expect(gc.counts()).toMatchObject({ ...failed, runs: { done: 0, skipped: 1, failed: 1 } })
  rules.isPaused = false
  await run()
  const done = { ...failed, runs: { done: 1, skipped: 1, failed: 1 }, succeededAt: clock.now() }
  expect(gc.counts()).toMatchObject(done)
  await push()
  await run({ isNow: true, isRehearsal: true })
  await run({ signal: AbortSignal.abort(new Error("stop")) }).catch(() => undefined)
  expect(gc.counts()).toMatchObject(done)
})

test("what a backup brought back is not collected before a grace period has passed, unless it is asked for now", async () => {
  const { gc, run, push, isStored, metadata, clock, repository } = await openGc()
  const manifest = newManifest(repository, { references: [referenceTo(await push())] })
  await metadata.manifests.put(manifest)
  await metadata.manifests.delete(repository, manifest.digest, { actor: "bob" })
  const unused = await push()
  clock.advance(100 * HOUR)
  await metadata.gc.noteRestored()
  clock.advance(2 * HOUR - 1)
  const waiting = "the grace period of what berth restore has brought back, or a full disk has kept from being recorded"
  expect(await run()).toMatchObject({ skipped: waiting, manifests: 0, links: 0 })
  expect(await gc.status()).toMatchObject({ waitsFor: waiting, waitsUntil: clock.now() + 1 })
  expect(await metadata.history.restoreManifest(repository, manifest.digest, { actor: "bob" })).toBeDefined()
  clock.advance(1)
  expect(await gc.status()).not.toHaveProperty("waitsFor")
  expect(await run()).toMatchObject({ manifests: 0, links: 1, condemned: 1 })
  clock.advance(HOUR)
  expect(await run()).toMatchObject({ removed: 1 })
  expect(await isStored(unused)).toBe(false)
  await metadata.gc.noteRestored()
  const other = await push()
  expect(await run({ isNow: true, isAlone: true })).toMatchObject({ removed: 1 })
  expect(await isStored(other)).toBe(false)
})

test("a purge waives the grace period of the deletion alone: what a client was told of, or something else needs, stays", async () => {
  const { run, push, isStored, blobs, metadata, clock, repository } = await openGc()
  const [own, shared, told] = [await push(), await push(), await push()]
  const manifest = newManifest(repository, { references: [own, shared, told].map((digest) => referenceTo(digest)) })
  const other = newManifest(repository, { references: [referenceTo(shared)] })
  for (const each of [manifest, other]) await metadata.manifests.put(each)
  clock.advance(3 * HOUR)
  const context = contextOf("alice")
  await blobs.get(context, repository, told)
  const deletion = createManifestDeletion({ ...metadata, events: undefined, pause: () => Promise.resolve() })
  const target = { repository, digest: manifest.digest, isPurge: true }
  expect(await deletion.preview(target)).toMatchObject({ manifestCount: 1, deletedCount: 0, blobCount: 2 })
  await deletion.delete(context, target)
  expect(await metadata.history.restoreManifest(repository, manifest.digest, { actor: "bob" })).toBeUndefined()
  const refusals = [deletion.delete(context, target), deletion.preview(target)]
  for (const refusal of refusals)
    expect(await refusal.catch((error: unknown) => error)).toMatchObject({ code: "MANIFEST_UNKNOWN" })
  expect(await run()).toMatchObject({ manifests: 1, links: 1, condemned: 1, removed: 0 })
  clock.advance(HOUR)
  expect(await run()).toMatchObject({ removed: 1 })
  expect(await Promise.all([own, shared, told].map(isStored))).toEqual([false, true, true])
  clock.advance(2 * HOUR - 1)
  await run()
  // It was told of less than one and a half grace periods ago: a push that names it finds it.
  const pushed = newManifest(repository, { references: [referenceTo(told)] })
  expect(await metadata.manifests.put(pushed)).toEqual({ missing: [] })
})
