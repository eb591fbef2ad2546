import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeBlobListing } from "../../ports/blob-listing.contract.ts"
import { digestOf, type Digest } from "../../domain/digest.ts"
import type { BlobStore } from "../../ports/blob-store.ts"
import { describeBlobStore } from "../../ports/blob-store.contract.ts"
import { createDiskFiles } from "../files/disk.ts"
import { createFilesystemBlobStore } from "./filesystem/filesystem.ts"
import { createInlinePool } from "./filesystem/testing.ts"
import { createUploadWriter } from "./filesystem/upload-writer.ts"
import { createMemoryBlobStore } from "./memory/memory.ts"

for (const describeStore of [describeBlobStore, describeBlobListing]) {
  describeStore("memory", async () => {
    const store = createMemoryBlobStore()
    return { store, dispose: () => store.close() }
  })

  describeStore("filesystem", async () => {
    const root = await mkdtemp(join(tmpdir(), "berth-blobs-"))
    const store = await createFilesystemBlobStore({ root, threads: 2, files: createDiskFiles() })
    const dispose = async () => {
      await store.close()
      await rm(root, { recursive: true })
    }
    return { store, dispose }
  })

  describeStore("filesystem, in one thread", async () => {
    const root = await mkdtemp(join(tmpdir(), "berth-blobs-"))
    const files = createDiskFiles()
    const threads = createInlinePool(createUploadWriter(root, files))
    const store = await createFilesystemBlobStore({ root, threads, files })
    return { store, dispose: () => rm(root, { recursive: true }) }
  })
}

test("what another process added to an upload after it was noted is dropped: a power cut may have torn it", async () => {
  const root = await mkdtemp(join(tmpdir(), "berth-blobs-"))
  const files = createDiskFiles()
  const open = () =>
    createFilesystemBlobStore({ root, threads: createInlinePool(createUploadWriter(root, files)), files })
  const send = async (store: BlobStore, text: string) =>
    store.append("u", new Blob([text]).stream(), { algorithm: "sha256" })
  const first = await open()
  await send(first, "noted")
  await send(first, " torn")
  expect((await first.findUpload("u", 5)).sizeBytes).toBe(10)
  const second = await open()
  expect(await second.findUpload("u", 5)).toEqual({ sizeBytes: 5 })
  expect((await send(second, " anew")).sizeBytes).toBe(10)
  expect(await second.hashUpload("u", "sha256")).toBe(digestOfText("noted anew"))
  // This one has seen all that came since.
  expect((await second.findUpload("u", 5)).sizeBytes).toBe(10)
  await rm(root, { recursive: true })
})

function digestOfText(text: string): Digest {
  return digestOf("sha256", createHash("sha256").update(text).digest("hex"))
}
