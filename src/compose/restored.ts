import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createLogger } from "../adapters/logger/stderr.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { pauseForOthers as pause } from "../adapters/pause/event-loop.ts"
import type { Config } from "../config/config.ts"
import type { FsckReport } from "../domain/fsck.ts"
import { createFsck } from "../services/fsck.ts"
import { createScrub } from "../services/scrub.ts"

interface Restored {
  /** The data directory. */
  root: string
  /** The database, which need not have its place yet. */
  path: string
  signal: AbortSignal
}

/** Compares a database with the data directory that it is for. No server runs there. */
export async function checkRestored({ validation }: Config, { root, path, signal }: Restored): Promise<FsckReport> {
  const store = await createFilesystemBlobStore({ root, threads: 1, files: createDiskFiles() })
  try {
    const metadata = await createMetadata({ path, clock })
    try {
      const { manifests } = metadata
      const log = createLogger({ level: "error", formatter: "text", fields: {} })
      const scrub = createScrub({ records: metadata.scrub, manifests, store, clock, log })
      const parts = { records: metadata.fsck, blobs: metadata.scrub, rules: validation }
      const fsck = createFsck({ ...metadata, ...parts, store, scrub, clock, pause })
      return await fsck.run({ isDeep: false, isRepair: false, isAlone: true, signal })
    } finally {
      await metadata.close()
    }
  } finally {
    await store.close()
  }
}
