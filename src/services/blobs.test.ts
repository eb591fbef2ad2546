import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import { isRegistryError } from "../domain/errors.ts"
import { createManualClock, newDigest, newRepository } from "../ports/metadata/fixture.contract.ts"
import type { Access } from "./access.ts"
import { createBlobs } from "./blobs.ts"
import type { RequestContext } from "./request-context.ts"
import { createTouches } from "./touches.ts"

/** One blob of ten bytes in one repository, which the caller may read along with others unless it is said otherwise. */
async function open(canRead: Access["canRead"] = () => true) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const store = createMemoryBlobStore()
  const log = createMemoryLogger()
  const access: Access = {
    challenge: () => undefined,
    authenticate: () => Promise.reject(new Error("not asked for")),
    decide: () => undefined,
    canRead,
    canList: canRead,
  }
  const [repository, digest] = [newRepository(), newDigest()]
  const key = { digest, generation: 0 }
  const write = async (sizeBytes: number) => {
    await store.append("upload", new Blob([new Uint8Array(sizeBytes)]).stream(), { algorithm: "sha256" })
    await store.complete("upload", key)
  }
  await write(10)
  await metadata.blobs.put({ ...key, sizeBytes: 10 }, { repository })
  const { signal } = new AbortController()
  const context: RequestContext = { actor: { id: "alice", quotaKey: "user:alice" }, requestId: "1", signal, log }
  const damages = { "is gone": () => store.remove(key), "is shorter": () => write(9), "is longer": () => write(11) }
  const touches = createTouches({
    ...metadata,
    unrecorded: createMemoryUnrecorded(),
    collectsUntagged: false,
    clock,
    log,
    graceSeconds: 86_400,
  })
  const blobs = createBlobs({ blobs: metadata.blobs, store, access, touches })
  return { blobs, metadata, log, context, repository, digest, damages }
}

async function codeOf(running: Promise<unknown>): Promise<string | undefined> {
  return running.then(
    () => undefined,
    (error: unknown) => (isRegistryError(error) ? error.code : String(error)),
  )
}

test("a blob is got in its repository alone", async () => {
  const { blobs, context, repository, digest, log } = await open()
  expect(await blobs.get(context, repository, digest)).toMatchObject({ digest, generation: 0, sizeBytes: 10 })
  expect(await codeOf(blobs.get(context, newRepository(), digest))).toBe("BLOB_UNKNOWN")
  expect(log.messages("error")).toEqual([])
})

test.each(["is gone", "is shorter", "is longer"] as const)(
  "a blob whose file %s is BLOB_DAMAGED, the operator is told, and it is mounted nowhere",
  async (damage) => {
    const { blobs, metadata, context, repository, digest, damages, log } = await open()
    await damages[damage]()
    expect(await codeOf(blobs.get(context, repository, digest))).toBe("BLOB_DAMAGED")
    expect(log.messages("error")).toHaveLength(1)
    const to = newRepository()
    expect(await blobs.mount(context, digest, { to, from: repository })).toBe(false)
    expect(await blobs.mount(context, digest, { to })).toBe(false)
    expect(await metadata.blobs.find(to, digest)).toBeUndefined()
    expect(await metadata.repositories.exists(to)).toBe(false)
  },
)

test("a blob that goes away after it was got is BLOB_DAMAGED when it is opened", async () => {
  const { blobs, context, repository, digest, damages } = await open()
  const blob = await blobs.get(context, repository, digest)
  await damages["is gone"]()
  expect(await codeOf(blobs.open(blob))).toBe("BLOB_DAMAGED")
})

test("a blob is mounted from the repository that is named, or from any that has it", async () => {
  const { blobs, context, repository, digest } = await open()
  const [named, any] = [newRepository(), newRepository()]
  expect(await blobs.mount(context, digest, { to: named, from: repository })).toBe(true)
  expect(await blobs.mount(context, digest, { to: any })).toBe(true)
  expect(await codeOf(blobs.get(context, named, digest))).toBeUndefined()
  expect(await codeOf(blobs.get(context, any, digest))).toBeUndefined()
  expect(await blobs.mount(context, digest, { to: newRepository(), from: newRepository() })).toBe(false)
  expect(await blobs.mount(context, newDigest(), { to: newRepository() })).toBe(false)
})

test("a blob is not mounted from where the caller may not read", async () => {
  const { blobs, context, repository, digest } = await open((_actor, name) => name !== repository)
  expect(await blobs.mount(context, digest, { to: newRepository(), from: repository })).toBe(false)
  expect(await blobs.mount(context, digest, { to: newRepository() })).toBe(false)
})

test("a blob is deleted from its repository once, and others keep it", async () => {
  const { blobs, context, repository, digest } = await open()
  const other = newRepository()
  await blobs.mount(context, digest, { to: other, from: repository })
  await blobs.delete(context, repository, digest)
  expect(await codeOf(blobs.delete(context, repository, digest))).toBe("BLOB_UNKNOWN")
  expect(await codeOf(blobs.get(context, repository, digest))).toBe("BLOB_UNKNOWN")
  expect(await codeOf(blobs.get(context, other, digest))).toBeUndefined()
})
