import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { digestOf, type Digest } from "../domain/digest.ts"
import { isRegistryError, OffsetMismatchError } from "../domain/errors.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { contextOf, openUploads } from "./testing.ts"
import type { UploadChunk } from "./uploads.ts"

const repository = parseRepositoryName("team/app")

function chunkOf(text: string, start?: number): UploadChunk {
  const bytes = new TextEncoder().encode(text)
  return {
    openBody: async function* () {
      yield bytes
    },
    lengthBytes: bytes.length,
    range: start === undefined ? undefined : { start, end: start + bytes.length - 1 },
  }
}

const nothing: UploadChunk = { openBody: undefined, lengthBytes: 0, range: undefined }

function digestFor(text: string, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return digestOf(algorithm, createHash(algorithm).update(text).digest("hex"))
}

async function failureOf(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    (value) => ({ unexpected: value }),
    (error: unknown) => error,
  )
}

async function codeOf(running: Promise<unknown>): Promise<string> {
  const failure = await failureOf(running)
  return isRegistryError(failure) ? failure.code : `no RegistryError: ${String(failure)}`
}

const alice = contextOf("alice")

test.each(["sha256", "sha512"] as const)(
  "an upload in chunks becomes a blob of its repository by its %s",
  async (algorithm) => {
    const { uploads, metadata, store } = await openUploads()
    const { id, sizeBytes } = await uploads.create(alice, repository, "sha256")
    expect(sizeBytes).toBe(0)
    expect(await uploads.append(alice, { repository, id }, chunkOf("hello", 0))).toEqual({ id, sizeBytes: 5 })
    expect(await uploads.append(alice, { repository, id }, chunkOf(" big"))).toEqual({ id, sizeBytes: 9 })
    expect(await uploads.get(alice, { repository, id })).toEqual({ id, sizeBytes: 9 })
    const digest = digestFor("hello big world", algorithm)
    const blob = await uploads.complete(alice, { repository, id }, { ...chunkOf(" world", 9), digest })
    expect(blob).toEqual({ digest, sizeBytes: 15, generation: blob.generation })
    expect(await metadata.blobs.find(repository, digest)).toMatchObject(blob)
    expect(await store.findSize(blob)).toBe(15)
    expect(await codeOf(uploads.get(alice, { repository, id }))).toBe("UPLOAD_UNKNOWN")
  },
)

test("a chunk that does not begin at the end stores nothing, and the upload goes on", async () => {
  const { uploads } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.append(alice, { repository, id }, chunkOf("hello", 0))
  for (const start of [0, 4, 6]) {
    const failure = await failureOf(uploads.append(alice, { repository, id }, chunkOf("x", start)))
    expect(failure).toBeInstanceOf(OffsetMismatchError)
    expect(failure).toMatchObject({ uploadId: id, sizeBytes: 5 })
  }
  const digest = digestFor("hello")
  const late = uploads.complete(alice, { repository, id }, { ...chunkOf("x", 9), digest })
  expect(await failureOf(late)).toBeInstanceOf(OffsetMismatchError)
  expect(await uploads.complete(alice, { repository, id }, { ...nothing, digest })).toMatchObject({ sizeBytes: 5 })
})

test("a range that is not as long as the body stores nothing", async () => {
  const { uploads } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  const chunk = { ...chunkOf("hello"), range: { start: 0, end: 9 } }
  expect(await codeOf(uploads.append(alice, { repository, id }, chunk))).toBe("SIZE_INVALID")
  expect(await uploads.get(alice, { repository, id })).toEqual({ id, sizeBytes: 0 })
})

test("a digest that cannot be read leaves the upload as it was, and a wrong one ends it", async () => {
  const { uploads, metadata } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.append(alice, { repository, id }, chunkOf("hello"))
  const unreadable = { ...chunkOf("x"), digest: "sha256:abc" }
  expect(await codeOf(uploads.complete(alice, { repository, id }, unreadable))).toBe("DIGEST_INVALID")
  expect(await uploads.get(alice, { repository, id })).toEqual({ id, sizeBytes: 5 })
  const wrong = digestFor("other")
  expect(await codeOf(uploads.complete(alice, { repository, id }, { ...nothing, digest: wrong }))).toBe(
    "DIGEST_MISMATCH",
  )
  expect(await codeOf(uploads.get(alice, { repository, id }))).toBe("UPLOAD_UNKNOWN")
  expect(await metadata.blobs.find(repository, wrong)).toBeUndefined()
})

test("an upload whose acknowledged bytes are gone from storage must begin anew", async () => {
  const { uploads, store, metadata } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.append(alice, { repository, id }, chunkOf("hello"))
  await store.abort(id)
  expect(await codeOf(uploads.append(alice, { repository, id }, chunkOf("x")))).toBe("UPLOAD_UNKNOWN")
  expect(await metadata.uploads.find(id)).toBeUndefined()
})

test("a cancelled upload is gone, with its bytes", async () => {
  const { uploads, store } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  await uploads.append(alice, { repository, id }, chunkOf("hello"))
  await uploads.cancel(alice, { repository, id })
  expect(await codeOf(uploads.cancel(alice, { repository, id }))).toBe("UPLOAD_UNKNOWN")
  expect(await store.findUpload(id, 0)).toEqual({ sizeBytes: 0 })
})
