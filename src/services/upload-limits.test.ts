import { expect, test } from "bun:test"
import { isRegistryError } from "../domain/errors.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { contextOf, openUploads } from "./testing.ts"
import type { UploadChunk } from "./uploads.ts"

const repository = parseRepositoryName("team/app")
const HOUR_MS = 60 * 60 * 1000

/** A body in pieces of these sizes, its length declared or not. */
function chunkOf(sizes: number[], isDeclared = true): UploadChunk {
  return {
    openBody: async function* () {
      for (const size of sizes) yield new Uint8Array(size)
    },
    lengthBytes: isDeclared ? sizes.reduce((sum, size) => sum + size, 0) : undefined,
    range: undefined,
  }
}

async function codeOf(running: Promise<unknown>): Promise<string | undefined> {
  try {
    await running
    return undefined
  } catch (error) {
    return isRegistryError(error) ? error.code : String(error)
  }
}

const [alice, bob] = [contextOf("alice"), contextOf("bob")]
const create = { openUploads: 2, blobBytes: 0 }

test("a user has so many uploads open and no more, and others have their own", async () => {
  const { uploads } = await openUploads(create)
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.create(alice, parseRepositoryName("other"), "sha256")
  expect(await codeOf(uploads.create(alice, repository, "sha256"))).toBe("UPLOAD_LIMIT")
  expect(await codeOf(uploads.create(bob, repository, "sha256"))).toBeUndefined()
  await uploads.cancel(alice, { repository, id })
  expect(await codeOf(uploads.create(alice, repository, "sha256"))).toBeUndefined()
})

test("an upload that was idle for an hour counts no longer, and can be gone on with", async () => {
  const { uploads, clock } = await openUploads(create)
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.create(alice, repository, "sha256")
  clock.advance(HOUR_MS - 1)
  expect(await codeOf(uploads.create(alice, repository, "sha256"))).toBe("UPLOAD_LIMIT")
  clock.advance(2)
  expect(await codeOf(uploads.create(alice, repository, "sha256"))).toBeUndefined()
  expect(await uploads.append(alice, { repository, id }, chunkOf([3]))).toEqual({ id, sizeBytes: 3 })
})

test.each([
  ["that says so", chunkOf([4, 7])],
  ["that does not say so", chunkOf([4, 7], false)],
])("a chunk %s is BLOB_TOO_LARGE when the blob would be larger than it may be", async (_, chunk) => {
  const { uploads } = await openUploads({ openUploads: 2, blobBytes: 10 })
  const { id } = await uploads.create(alice, repository, "sha256")
  expect(await codeOf(uploads.append(alice, { repository, id }, chunk))).toBe("BLOB_TOO_LARGE")
})

test("the limit is that of all chunks together, and a blob of just that size is taken", async () => {
  const { uploads } = await openUploads({ openUploads: 2, blobBytes: 10 })
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.append(alice, { repository, id }, chunkOf([6]))
  expect(await codeOf(uploads.append(alice, { repository, id }, chunkOf([5])))).toBe("BLOB_TOO_LARGE")
  expect(await uploads.get(alice, { repository, id })).toEqual({ id, sizeBytes: 6 })
  expect(await uploads.append(alice, { repository, id }, chunkOf([4], false))).toEqual({ id, sizeBytes: 10 })
  const last = { ...chunkOf([1], false), digest: `sha256:${"0".repeat(64)}` }
  expect(await codeOf(uploads.complete(alice, { repository, id }, last))).toBe("BLOB_TOO_LARGE")
})
