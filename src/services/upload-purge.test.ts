import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import type { UploadRecord } from "../ports/metadata/uploads.ts"
import type { RequestContext } from "./request-context.ts"
import { createUploads, type UploadChunk } from "./uploads.ts"

const repository = parseRepositoryName("team/app")
const AGE_SECONDS = 3600
const limits = { openUploads: 1000, blobBytes: 0 }

/** `afterListing` runs once, between the listing of abandoned uploads and what is done with them. */
async function open(afterListing?: (listed: UploadRecord[]) => Promise<unknown>) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  let pending = afterListing
  const records = {
    ...metadata.uploads,
    listAbandoned: async (before: number, limit: number) => {
      const listed = await metadata.uploads.listAbandoned(before, limit)
      const run = pending
      pending = undefined
      await run?.(listed)
      return listed
    },
  }
  let created = 0
  const ids = { create: () => `upload-${++created}` }
  const memory = createMemoryBlobStore()
  const writtenAt = new Map<string, number>()
  // Written when this clock says.
  const store: BlobStore = {
    ...memory,
    listUploads: async () =>
      (await memory.listUploads()).map((upload) => Object.assign(upload, { modifiedAt: writtenAt.get(upload.id) })),
  }
  const leave = async (id: string) => {
    await memory.append(id, new Blob(["bytes"]).stream(), { algorithm: "sha256" })
    writtenAt.set(id, clock.now())
  }
  const uploads = createUploads({ uploads: records, blobs: metadata.blobs, store, clock, ids, limits })
  const begin = async () => (await uploads.create(alice, repository, "sha256")).id
  return { uploads, metadata, store, begin, leave, pass: (seconds: number) => clock.advance(seconds * 1000) }
}

const alice: RequestContext = {
  actor: { id: "alice", quotaKey: "user:alice" },
  requestId: "1",
  signal: new AbortController().signal,
  log: createMemoryLogger(),
}

function chunkOf(sizeBytes: number, before: Promise<void> = Promise.resolve()): UploadChunk {
  return {
    openBody: async function* () {
      await before
      yield new Uint8Array(sizeBytes)
    },
    lengthBytes: sizeBytes,
    range: undefined,
  }
}

test("uploads that were idle for the age are counted and ended with their bytes, and no others", async () => {
  const { uploads, metadata, store, begin, pass } = await open()
  const [old, goneOn] = [await begin(), await begin()]
  await uploads.append(alice, { repository, id: old }, chunkOf(5))
  pass(AGE_SECONDS)
  expect(await uploads.countAbandoned(AGE_SECONDS)).toBe(0)
  await uploads.append(alice, { repository, id: goneOn }, chunkOf(5))
  pass(1)
  const fresh = await begin()
  expect(await uploads.countAbandoned(AGE_SECONDS)).toBe(1)
  expect(await uploads.purge(AGE_SECONDS)).toBe(1)
  expect(await uploads.countAbandoned(AGE_SECONDS)).toBe(0)
  const found = await Promise.all([old, goneOn, fresh].map((id) => metadata.uploads.find(id)))
  expect(found.map((upload) => upload?.id)).toEqual([undefined, goneOn, fresh])
  expect(await store.findUpload(old, 0)).toEqual({ sizeBytes: 0 })
  expect(await store.findUpload(goneOn, 0)).toMatchObject({ sizeBytes: 5 })
})

test("more abandoned uploads than are listed at once are all ended", async () => {
  const { uploads, begin, pass } = await open()
  for (let count = 0; count < 250; count++) await begin()
  pass(AGE_SECONDS + 1)
  expect(await uploads.countAbandoned(AGE_SECONDS)).toBe(250)
  expect(await uploads.purge(AGE_SECONDS)).toBe(250)
})

test("no more than a thousand are counted", async () => {
  const { uploads, metadata, pass } = await open()
  const upload = { repository, owner: "a", quotaKey: "a", algorithm: "sha256" as const, offset: 0 }
  for (let count = 0; count < 1001; count++) {
    await metadata.uploads.create({ ...upload, id: `many-${count}` }, { maxOpen: 2000, activeSince: 0 })
  }
  pass(AGE_SECONDS + 1)
  expect(await uploads.countAbandoned(AGE_SECONDS)).toBe(1000)
})

test("an upload that is gone on with after it was listed stays", async () => {
  const opened = await open(() => opened.uploads.append(alice, { repository, id: "upload-1" }, chunkOf(5)))
  const { uploads, begin, pass } = opened
  const [kept, abandoned] = [await begin(), await begin()]
  pass(AGE_SECONDS + 1)
  expect(await uploads.purge(AGE_SECONDS)).toBe(1)
  expect(await uploads.get(alice, { repository, id: kept })).toEqual({ id: kept, sizeBytes: 5 })
  expect(await opened.metadata.uploads.find(abandoned)).toBeUndefined()
})

test("an upload that is worked on stays, however long that takes", async () => {
  const { uploads, begin, pass } = await open()
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  const id = await begin()
  const running = uploads.append(alice, { repository, id }, chunkOf(5, isReleased))
  await Bun.sleep(1)
  pass(AGE_SECONDS * 100)
  expect(await uploads.purge(AGE_SECONDS)).toBe(0)
  release()
  expect(await running).toEqual({ id, sizeBytes: 5 })
})

test("bytes that no upload has are removed when they are a day old, and those of an upload never", async () => {
  const { uploads, store, begin, leave, pass } = await open()
  const id = await begin()
  await leave(id)
  await leave("copy-of-a-killed-export")
  pass(86_399)
  await leave("copy-under-way")
  expect(await uploads.removeStrays()).toBe(0)
  pass(1)
  expect(await uploads.removeStrays()).toBe(1)
  expect((await store.listUploads()).map((upload) => upload.id)).toEqual([id, "copy-under-way"])
})
