import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeBlobListing } from "../../ports/blob-listing.contract.ts"
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
