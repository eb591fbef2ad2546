import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createManualClock, newRepository } from "../ports/metadata/fixture.contract.ts"
import type { Logger } from "../ports/logger.ts"
import { createUploads } from "../services/uploads.ts"
import { createPurgeUploadsJob } from "./purge-uploads.ts"

/** Two uploads that were idle for the age and one that was not, and the job that purges. */
async function open(dryRun: boolean) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  let created = 0
  const memory = createMemoryBlobStore()
  const store = {
    ...memory,
    listUploads: async () =>
      (await memory.listUploads()).map((upload) => Object.assign(upload, { modifiedAt: -86_400_000 })),
  }
  const uploads = createUploads({
    uploads: metadata.uploads,
    blobs: metadata.blobs,
    store,
    clock,
    ids: { create: () => `upload-${++created}` },
    limits: { openUploads: 10, blobBytes: 0 },
  })
  const logged: { message: string; fields: Record<string, unknown> | undefined }[] = []
  const info: Logger["info"] = (message, fields) => void logged.push({ message, fields })
  const log = { ...createMemoryLogger(), info }
  const { signal } = new AbortController()
  const context = { actor: { id: "alice", quotaKey: "user:alice" }, requestId: "1", signal, log }
  const repository = newRepository()
  await uploads.create(context, repository, "sha256")
  await uploads.create(context, repository, "sha256")
  clock.advance(3_600_001)
  await uploads.create(context, repository, "sha256")
  const left = async () => {
    const found = await Promise.all([1, 2, 3].map((number) => metadata.uploads.find(`upload-${number}`)))
    return found.flatMap((upload) => upload?.id ?? [])
  }
  const job = createPurgeUploadsJob({ uploads, log, ageSeconds: 3600, intervalSeconds: 60, dryRun })
  return { job, logged, left, store }
}

test("a dry run says how many uploads it would end, and ends none", async () => {
  const { job, logged, left } = await open(true)
  await job.run()
  expect(logged).toEqual([{ message: "abandoned uploads would be purged", fields: { count: 2 } }])
  expect(await left()).toEqual(["upload-1", "upload-2", "upload-3"])
})

test("a run ends them and says how many, and says nothing where there was nothing to do", async () => {
  const { job, logged, left } = await open(false)
  await job.run()
  await job.run()
  expect(logged).toEqual([{ message: "abandoned uploads were purged", fields: { purged: 2 } }])
  expect(await left()).toEqual(["upload-3"])
})

test("a run removes bytes of no upload, and a dry run does not", async () => {
  for (const dryRun of [true, false]) {
    const { job, logged, store } = await open(dryRun)
    await store.append("stray", new Blob(["bytes"]).stream(), { algorithm: "sha256" })
    await job.run()
    expect(await store.listUploads()).toHaveLength(dryRun ? 1 : 0)
    const message = "bytes that belonged to no upload were removed"
    expect(logged.filter((line) => line.message === message)).toEqual(dryRun ? [] : [{ message, fields: { files: 1 } }])
  }
})

test("it runs as often as it is told to", async () => {
  const { job } = await open(true)
  expect({ name: job.name, everySeconds: job.everySeconds }).toEqual({ name: "purge-uploads", everySeconds: 60 })
})
