import { expect, test } from "bun:test"
import { isRegistryError } from "../domain/errors.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import type { RequestContext } from "./request-context.ts"
import { contextOf, openUploads } from "./testing.ts"
import type { UploadChunk, Uploads, UploadTarget } from "./uploads.ts"

const repository = parseRepositoryName("team/app")
const other = parseRepositoryName("team/other")

const nothing: UploadChunk = { openBody: undefined, lengthBytes: 0, range: undefined }
const digest = `sha256:${"0".repeat(64)}`

async function codeOf(running: Promise<unknown>): Promise<string | undefined> {
  return running.then(
    () => undefined,
    (error: unknown) => (isRegistryError(error) ? error.code : String(error)),
  )
}

/** The codes of all that can be tried with an upload. */
async function tryAll(uploads: Uploads, context: RequestContext, target: UploadTarget): Promise<unknown[]> {
  const tries = [
    uploads.get(context, target),
    uploads.append(context, target, nothing),
    uploads.complete(context, target, { ...nothing, digest }),
    uploads.complete(context, target, { ...nothing, digest: "none" }),
    uploads.cancel(context, target),
  ]
  return Promise.all(tries.map(codeOf))
}

const [alice, bob] = [contextOf("alice"), contextOf("bob")]
const UNKNOWN = Array.from({ length: 5 }, () => "UPLOAD_UNKNOWN")

test("another user's upload, one of another repository and one that never was are unknown alike", async () => {
  const { uploads } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  expect(await tryAll(uploads, bob, { repository, id })).toEqual(UNKNOWN)
  expect(await tryAll(uploads, alice, { repository: other, id })).toEqual(UNKNOWN)
  expect(await tryAll(uploads, alice, { repository, id: "upload-99" })).toEqual(UNKNOWN)
  expect(await uploads.get(alice, { repository, id })).toEqual({ id, sizeBytes: 0 })
})

test("a running append is not disturbed by whoever else tries, and they do not wait for it", async () => {
  const { uploads } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  const { promise: hasBegun, resolve: begin } = Promise.withResolvers<AbortSignal>()
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  const running = uploads.append(
    alice,
    { repository, id },
    {
      ...nothing,
      openBody: async function* (signal) {
        yield new Uint8Array(3)
        begin(signal)
        await isReleased
        signal.throwIfAborted()
        yield new Uint8Array(4)
      },
      lengthBytes: 7,
    },
  )
  const signal = await hasBegun
  expect(await tryAll(uploads, bob, { repository, id })).toEqual(UNKNOWN)
  expect(await tryAll(uploads, alice, { repository: other, id })).toEqual(UNKNOWN)
  expect(signal.aborted).toBe(false)
  release()
  expect(await running).toEqual({ id, sizeBytes: 7 })
})

test("the owner's own next request ends the running one, and goes on behind it", async () => {
  const { uploads } = await openUploads()
  const { id } = await uploads.create(alice, repository, "sha256")
  const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>()
  const stalled = uploads.append(
    alice,
    { repository, id },
    {
      ...nothing,
      openBody: async function* (signal) {
        yield new Uint8Array(3)
        begin()
        await new Promise((resolve) => signal.addEventListener("abort", resolve))
        throw new Error("given up")
      },
      lengthBytes: undefined,
    },
  )
  const failure = codeOf(stalled)
  await hasBegun
  expect(await uploads.append(alice, { repository, id }, nothing)).toEqual({ id, sizeBytes: 3 })
  expect(await failure).toContain("given up")
})
