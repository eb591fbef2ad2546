import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createStoredBlobs } from "../adapters/blob-store/filesystem/stored-blobs.ts"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import type { Storage } from "./storage.ts"

/** A data directory that is only read, beside a database of its own that is thrown away. */
export async function openDryStorage(root: string): Promise<Storage> {
  const directory = await mkdtemp(join(tmpdir(), "berth-dry-run-"))
  const files = createDiskFiles()
  const metadata = await createMetadata({ path: join(directory, "metadata.db"), clock })
  return {
    store: { ...createMemoryBlobStore(), ...createStoredBlobs(files, root) },
    metadata,
    unrecorded: createMemoryUnrecorded(),
    links: createFilesystemLinkTree(files, root),
    close: async () => {
      await metadata.close()
      await rm(directory, { recursive: true })
    },
  }
}
