import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { ensureDirectory } from "../adapters/files/ensure-directory.ts"
import { emptyLinkTree } from "../adapters/link-tree/empty.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { acquireLock, type LockHolder } from "../adapters/metadata/sqlite/lock.ts"
import { openFileUnrecorded } from "../adapters/unrecorded/file.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import type { Config } from "../config/config.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { LinkTree } from "../ports/link-tree.ts"
import type { Logger } from "../ports/logger.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import type { Unrecorded } from "../ports/unrecorded.ts"
import type { Threads } from "../threads.ts"

export interface Storage {
  store: BlobStore
  metadata: Metadata
  unrecorded: Unrecorded
  /** What distribution has written in the same place. */
  links: LinkTree
  close(): Promise<void>
}

interface Place {
  /** The data directory, absolute; `undefined`: everything is kept in memory. */
  root: string | undefined
  workingDirectory: string
  /** Named to whoever opens the same directory. */
  holder: LockHolder
  threads: Threads
  /** Absent: for a command, which is over before it matters. */
  log?: Logger
}

/** Opens what the registry is kept in, under the lock. Rejects with an Error whose message is for the operator. */
export async function openStorage(config: Config, place: Place): Promise<Storage> {
  const { root, workingDirectory, holder, threads, log } = place
  if (root === undefined) {
    await threads.metadata.close()
    const metadata = await createMetadata({ path: ":memory:", clock })
    return {
      store: createMemoryBlobStore(),
      metadata,
      unrecorded: createMemoryUnrecorded(),
      links: emptyLinkTree,
      close: () => metadata.close(),
    }
  }
  const own = join(root, "berth")
  const files = createDiskFiles()
  await ensureDirectory(files, own).catch((error: unknown) => {
    throw new Error(`cannot write to the data directory ${root}: ${describe(error)}`, { cause: error })
  })
  const databasePath = findDatabasePath(config, root)
  // A database elsewhere could be that of a server with another directory, and each would have its own cache of tags.
  const locked = new Set([own, dirname(resolve(workingDirectory, databasePath))])
  const locks = [...locked].map((directory) => acquireLock(join(directory, "lock.db"), holder))
  const hashing = config.workers.hashing || Math.min(availableParallelism(), 4)
  const [store, metadata, unrecorded] = await Promise.all([
    createFilesystemBlobStore({ root, threads: hashing, files }),
    createMetadata({ path: databasePath, clock, thread: threads.metadata, log }),
    openFileUnrecorded(files, own),
  ])
  return {
    store,
    metadata,
    unrecorded,
    links: createFilesystemLinkTree(files, root),
    close: async () => {
      await metadata.close()
      await store.close()
      for (const lock of locks) lock.release()
    },
  }
}

/** Relative to the working directory where the configuration says so. */
export function findDatabasePath(config: Config, root: string): string {
  return config.database.path ?? join(root, "berth", "metadata.db")
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
