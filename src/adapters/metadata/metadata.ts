import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Logger } from "../../ports/logger.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createAdoptionRecords } from "./adoption.ts"
import { createBackupRecords, type ClosableBackupRecords } from "./backup.ts"
import { createBlobRecords } from "./blobs.ts"
import { createEventRecords, createEventSignal } from "./events.ts"
import { createExportRecords } from "./exports.ts"
import { createFsckRecords } from "./fsck.ts"
import { createGcRecords } from "./gc.ts"
import { createHistoryRecords } from "./history.ts"
import { createManifestRecords } from "./manifests.ts"
import { createReferrerRecords } from "./referrers.ts"
import { repositoryDeletionStatements } from "./repository-deletion.ts"
import { createRepositoryGate } from "./repository-gate.ts"
import { repositoryRestorationStatements } from "./repository-restoration.ts"
import { createRepositoryRecords } from "./repositories.ts"
import { createScrubRecords } from "./scrub.ts"
import { startWriterThread, type WriterThread } from "./sqlite/client.ts"
import { openFile, openMemory, type Store } from "./sqlite/store.ts"
import { createTagCache } from "./tag-cache.ts"
import { createTagRecords } from "./tags.ts"
import { createUploadRecords } from "./uploads.ts"

interface MetadataOptions {
  path: string
  clock: Clock
  /** One that was started earlier, and is this database's from now on. */
  thread?: WriterThread
  /** Is told what an operator should know of the file. */
  log?: Logger | undefined
}

/**
 * Opens the SQLite database at `path`, whose directory must exist, or an empty one in memory for `:memory:`. Throws, in
 * one sentence for the operator, when the file is damaged or of a newer program.
 */
export async function createMetadata({ path, clock, thread, log }: MetadataOptions): Promise<Metadata> {
  const store =
    path === ":memory:"
      ? await openMemory(clock)
      : await openFile(path, clock, { thread: thread ?? startWriterThread(), log })
  return resumeRecords(store)
}

interface RecordOptions {
  /** Repositories of which the deletion or the restoration was cut off; it is carried to its end. */
  unfinished?: readonly RepositoryName[]
  /** How many one transaction of these looks at: other writes wait for it some ten milliseconds. */
  stepRows?: number
}

/** As `createRecords`, with what the database has as cut off. */
export async function resumeRecords(store: Store, options: RecordOptions = {}): Promise<Metadata> {
  const deletions = await store.read.list(repositoryDeletionStatements.list, { after: "" })
  const restorations = await store.read.list(repositoryRestorationStatements.list, { after: "" })
  const unfinished = [...deletions, ...restorations].map(({ repository }) => repository)
  return createRecords(store, { ...options, unfinished })
}

/** The records of a store that is open, and is closed with them. Each call begins with empty caches. */
export function createRecords(store: Store, { unfinished = [], stepRows = 200 }: RecordOptions = {}): Metadata {
  const signal = createEventSignal()
  const resumed = () => signal.tell()
  const gate = createRepositoryGate({ ...store, cache: createTagCache(), unfinished, stepRows, resumed })
  const { read, write, cache } = gate
  const backup = createBackupRecords(store.snapshots)
  let closing: Promise<void> | undefined
  return {
    adoption: createAdoptionRecords(read, write, cache),
    backup,
    blobs: createBlobRecords(read, write, signal),
    events: createEventRecords(read, write, signal),
    exports: createExportRecords(read, write),
    fsck: createFsckRecords(read, write, store.inspect),
    gc: createGcRecords(gate),
    history: createHistoryRecords(gate, signal),
    manifests: createManifestRecords(read, write, { cache, signal }),
    referrers: createReferrerRecords(read),
    repositories: createRepositoryRecords(gate, signal),
    scrub: createScrubRecords(read, write),
    tags: createTagRecords(read, write, { cache, signal }),
    uploads: createUploadRecords(read, write),
    countWrites: store.countWrites,
    interrupt: gate.interrupt,
    close: () => (closing ??= closeBoth(store, backup)),
  }
}

async function closeBoth(store: Store, backup: ClosableBackupRecords): Promise<void> {
  try {
    await store.close()
  } finally {
    await backup.close()
  }
}
