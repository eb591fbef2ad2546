import { expect, test } from "bun:test"
import { digestOf } from "../../domain/digest.ts"
import { RegistryError } from "../../domain/errors.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import {
  createManualClock,
  newManifest,
  newRepository,
  referenceTo,
  tagsOf,
} from "../../ports/metadata/fixture.contract.ts"
import type { PushTelling } from "../../ports/metadata/events.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { review } from "./gc-reviews.ts"
import { createRecords } from "./metadata.ts"
import type { Write } from "./operation.ts"
import { operations } from "./operations.ts"
import { createDeletion, deleteRepository, repositoryDeletionStatements } from "./repository-deletion.ts"
import { createRestoration, repositoryRestorationStatements } from "./repository-restoration.ts"
import type { WorkStep } from "./repository-work.ts"
import { openMemory, type Store } from "./sqlite/store.ts"

const bob = { actor: "bob" }
const STEP_ROWS = 200
/** More than two steps take. */
const TAGS = Array.from({ length: 500 }, (_, index) => `t${index}`)

async function open(): Promise<{ store: Store; repository: RepositoryName }> {
  const clock = createManualClock()
  const store = await openMemory(clock)
  const repository = newRepository()
  await createRecords(store).manifests.put(newManifest(repository, { tags: tagsOf(...TAGS) }))
  clock.advance(1)
  return { store, repository }
}

const listUnfinished = async ({ read }: Store) =>
  [
    ...(await read.list(repositoryDeletionStatements.list, { after: "" })),
    ...(await read.list(repositoryRestorationStatements.list, { after: "" })),
  ].map(({ repository }) => repository)

/** Whether the first and the last of its tags are there. */
async function look({ tags }: Metadata, repository: RepositoryName): Promise<boolean[]> {
  const found = await Promise.all(tagsOf("t0", "t499").map((tag) => tags.find(repository, tag)))
  return found.map((each) => each !== undefined)
}

const toldOf = (repository: RepositoryName): PushTelling => ({
  event: {
    id: "the template",
    at: 0,
    action: "push",
    target: { kind: "manifest", repository },
    request: { id: "", addr: "", host: "", method: "", useragent: "" },
    source: { addr: "registry:5000", instanceID: "i" },
  },
  endpoints: [{ name: "hook", ignoredMediaTypes: [] }],
  maxWaiting: 10_000,
})

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => "it succeeded",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  )

/** As on a disk that is full while it is said to be. */
function withFullDisk(store: Store, isFull: (operation: string) => boolean): Store {
  const write: Write = (operation, input) =>
    isFull(operation.name) ? Promise.reject(new RegistryError("STORAGE_FULL", "full")) : store.write(operation, input)
  return { ...store, write }
}

test("a deletion that was cut off comes to its end at the next start, before anybody sees a part of it", async () => {
  const { store, repository } = await open()
  expect(await store.write(deleteRepository, { repository, ...bob, stepRows: STEP_ROWS })).toMatchObject({
    isDone: false,
  })
  const unfinished = await listUnfinished(store)
  expect(unfinished).toEqual([repository])
  expect(await look(createRecords(store, { unfinished }), repository)).toEqual([false, false])
  expect(await listUnfinished(store)).toEqual([])
  await store.close()
})

test("a purge that was cut off comes to its end at the next start, and nothing of it can be brought back", async () => {
  const { store, repository } = await open()
  const others = Array.from({ length: 210 }, () => newManifest(repository))
  const { manifests } = createRecords(store)
  await Promise.all(others.map((each) => manifests.put(each)))
  expect(await store.write(deleteRepository, { repository, ...bob, isPurge: true, stepRows: STEP_ROWS })).toMatchObject(
    { isDone: false },
  )
  const { history } = createRecords(store, { unfinished: await listUnfinished(store) })
  expect(await history.restoreRepository(repository, bob)).toBeUndefined()
  expect(await history.tallyDeleted(repository, { after: "", limit: 1000 })).toEqual({ count: 0, next: undefined })
  expect(await listUnfinished(store)).toEqual([])
  await store.close()
})

test("a restoration that was cut off comes to its end at the next start, and each tag is told of once", async () => {
  const { store, repository } = await open()
  const earlier = createRecords(store)
  await earlier.repositories.delete(repository, bob)
  const telling = toldOf(repository)
  const restoration = createRestoration(repository, { ...bob, telling })
  for (let steps = 0; steps < 4; steps++) {
    const step = await (steps === 0
      ? restoration.begin(store.write, STEP_ROWS)
      : restoration.proceed(store.write, STEP_ROWS))
    expect(step).toMatchObject({ isDone: false })
  }
  const unfinished = await listUnfinished(store)
  expect(unfinished).toEqual([repository])
  const metadata = createRecords(store, { unfinished })
  const { events } = metadata
  const woken = new Promise<void>((resolve) => events.watch(resolve))
  expect(await look(metadata, repository)).toEqual([true, true])
  expect(await listUnfinished(store)).toEqual([])
  await woken
  expect(await metadata.repositories.findManifestCount(repository)).toBe(1)
  expect(await listUnfinished(store)).toEqual([])
  const told = await events.listLane({ endpoint: "hook", repository, limit: 1000 })
  expect(told.map(({ event }) => String(event.target.tag)).sort()).toEqual([...TAGS].sort())
  await store.close()
})

test("the collector leaves what stands between two steps of a restoration alone", async () => {
  const { store, repository } = await open()
  await createRecords(store).repositories.delete(repository, bob)
  const restoration = createRestoration(repository, bob)
  let step: WorkStep | undefined = await restoration.begin(store.write, STEP_ROWS)
  const cutoffs = { touchedBefore: 2 ** 50, deletedBefore: 2 ** 50, untaggedBefore: 2 ** 50, held: [], limit: 10 }
  for (const kind of ["manifest", "untagged", "repository"] as const)
    expect(await store.write(review, { kind, ...cutoffs })).toMatchObject({ collected: [] })
  while (step?.isDone === false) step = await restoration.proceed(store.write, STEP_ROWS)
  expect(await look(createRecords(store), repository)).toEqual([true, true])
  await store.close()
})

test("fsck finds nothing wrong while a deletion or a restoration is cut off", async () => {
  const { store, repository } = await open()
  const { signal } = new AbortController()
  const others = Array.from({ length: 210 }, () => newManifest(repository, { tags: [] }))
  const { manifests } = createRecords(store)
  await Promise.all(others.map((each) => manifests.put(each)))
  // The first and the last of all: each is in another step than some of its images.
  const references = others.map(({ digest }) => referenceTo(digest, "manifest"))
  for (const digit of "0f")
    await manifests.put(newManifest(repository, { references, digest: digestOf("sha256", digit.repeat(64)) }))
  for (const work of [createDeletion(repository, bob), createRestoration(repository, bob)]) {
    let step: WorkStep | undefined = await work.begin(store.write, STEP_ROWS)
    while (step?.isDone === false) {
      expect((await store.inspect(signal)).findings).toEqual([])
      step = await work.proceed(store.write, STEP_ROWS)
    }
  }
  expect((await store.inspect(signal)).findings).toEqual([])
  await store.close()
})

test("what a full disk cuts off is gone on with when somebody asks again, and nobody sees a part of it", async () => {
  const { store, repository } = await open()
  let isFull = true
  const metadata = createRecords(withFullDisk(store, (name) => isFull && name === "repositories.proceed"))
  expect(await failureOf(metadata.repositories.delete(repository, bob))).toBe("full")
  expect(await failureOf(look(metadata, repository))).toBe("full")
  const cutoffs = { touchedBefore: 0, deletedBefore: 0, held: [], limit: 1 }
  expect(await failureOf(metadata.gc.review("manifest", cutoffs))).toBe("full")
  await metadata.manifests.put(newManifest(newRepository()))
  isFull = false
  expect(await look(metadata, repository)).toEqual([false, false])
  expect(await metadata.gc.review("manifest", cutoffs)).toMatchObject({ collected: [] })
  await store.close()
})

test("a stop ends a deletion after its step, whoever waits for it, and the next start carries it on", async () => {
  const { store, repository } = await open()
  const interrupting: Store = {
    ...store,
    write: (operation, input) => {
      if (operation.name === "repositories.proceed") metadata.interrupt()
      return store.write(operation, input)
    },
  }
  const metadata = createRecords(interrupting)
  const deleting = metadata.repositories.delete(repository, bob)
  const cutoffs = { touchedBefore: 0, deletedBefore: 0, held: [], limit: 1 }
  const waiting = [deleting, look(metadata, repository), metadata.gc.review("manifest", cutoffs)]
  for (const failure of await Promise.all(waiting.map(failureOf))) expect(failure).toContain("the server is stopping")
  const unfinished = await listUnfinished(store)
  expect(unfinished).toEqual([repository])
  expect(await look(createRecords(store, { unfinished }), repository)).toEqual([false, false])
  expect(await listUnfinished(store)).toEqual([])
  await store.close()
})

test("where a full disk lets nothing begin, everything is there as before", async () => {
  const { store, repository } = await open()
  const metadata = createRecords(withFullDisk(store, () => true))
  expect(await failureOf(metadata.repositories.delete(repository, bob))).toBe("full")
  expect(await look(metadata, repository)).toEqual([true, true])
  expect(await listUnfinished(store)).toEqual([])
  await store.close()
})

/** Their input has the repository in `repository`, by which they wait while it is being deleted. */
const WAITING = [
  "adoption.mergeAbsent",
  "adoption.mergeBlobs",
  "adoption.mergeManifests",
  "adoption.mergeTags",
  "blobs.mount",
  "blobs.put",
  "blobs.touch",
  "blobs.unlink",
  "exports.announce",
  "exports.deleteBase",
  "exports.putBase",
  "fsck.recount",
  "fsck.relink",
  "history.restoreManifest",
  "history.restoreTag",
  "manifests.delete",
  "manifests.put",
  "manifests.touch",
  "tags.delete",
  "uploads.create",
]

/** What they change is in no repository, or nobody sees by it whether a deletion is halfway. */
const FREE = [
  "adoption.begin",
  "adoption.finish",
  "adoption.forgetExport",
  "adoption.putProblems",
  "events.append",
  "events.expire",
  "events.forget",
  "events.markDead",
  "events.markDelivered",
  "events.markFailed",
  "events.replay",
  "exports.putFirst",
  "gc.forget",
  "gc.forgetFound",
  "gc.giveUp",
  "gc.noteFound",
  "gc.noteRestored",
  "gc.prune",
  "gc.putGrace",
  "gc.putRun",
  "gc.putWalk",
  // Waits for all deletions.
  "gc.review",
  "gc.sight",
  // Queues, and judges nothing.
  "gc.survey",
  // Times of pulls, of many repositories at once.
  "manifests.markPulled",
  // The deletion or restoration itself.
  "history.proceed",
  "history.restoreRepository",
  "repositories.delete",
  "repositories.proceed",
  "scrub.acquit",
  "scrub.advance",
  "scrub.close",
  "scrub.condemn",
  "scrub.condemnManifest",
  "scrub.correctSize",
  "scrub.forgetDamage",
  "scrub.note",
  "scrub.open",
  "scrub.putMoved",
  "scrub.putVerified",
  "uploads.delete",
  "uploads.update",
]

test("each operation waits for the deletion of its repository, or is known to need no wait", () => {
  // Whoever adds one says here which it is: the gate finds the repository by a field of that name alone.
  expect(operations.map(({ name }) => name).sort()).toEqual([...WAITING, ...FREE].sort())
})
