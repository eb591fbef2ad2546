import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createFilesystemBlobStore } from "./adapters/blob-store/filesystem/filesystem.ts"
import { createMemoryBlobStore } from "./adapters/blob-store/memory/memory.ts"
import { systemClock as clock } from "./adapters/clock/system.ts"
import { createDiskFiles } from "./adapters/files/disk.ts"
import { ensureDirectory } from "./adapters/files/ensure-directory.ts"
import { randomIds as ids } from "./adapters/ids/random.ts"
import { createAnonymousIdentity } from "./adapters/identity/anonymous.ts"
import { createHtpasswdIdentity } from "./adapters/identity/htpasswd.ts"
import { createLogger } from "./adapters/logger/stderr.ts"
import { createMetadata } from "./adapters/metadata/metadata.ts"
import { acquireLock, type LockHolder } from "./adapters/metadata/sqlite/lock.ts"
import { pauseForOthers as pause } from "./adapters/pause/event-loop.ts"
import { describeExposure, describeStart } from "./cli/welcome.ts"
import type { Config } from "./config/config.ts"
import { createApp, type App } from "./http/app.ts"
import { createRoutes } from "./http/distribution/routes.ts"
import { createListener } from "./http/listener.ts"
import { withMinimumRate } from "./http/listener/minimum-rate.ts"
import { createFlushPullsJob } from "./jobs/flush-pulls.ts"
import { createPurgeUploadsJob } from "./jobs/purge-uploads.ts"
import { startSchedule, type Job } from "./jobs/schedule.ts"
import type { BlobStore } from "./ports/blob-store.ts"
import type { Identity } from "./ports/identity.ts"
import type { Logger } from "./ports/logger.ts"
import type { Metadata } from "./ports/metadata/metadata.ts"
import { createAccess } from "./services/access.ts"
import { createBlobs } from "./services/blobs.ts"
import { createCatalog } from "./services/catalog.ts"
import { createManifests } from "./services/manifests.ts"
import { createPulls } from "./services/pulls.ts"
import { createReferrers } from "./services/referrers.ts"
import { createTags } from "./services/tags.ts"
import { createUploads } from "./services/uploads.ts"
import type { Threads } from "./threads.ts"

/** What the process brings. */
export interface Surroundings {
  warnings: readonly string[]
  version: string
  workingDirectory: string
  /** Named to whoever starts a second server on the same directory. */
  holder: LockHolder
  threads: Threads
  print(text: string): void
}

export interface Registry {
  /** Takes no more requests, lets transfers end within the configured time, and closes everything. */
  stop(): Promise<void>
}

/** Starts everything. Rejects with an Error whose message is for the operator. */
export async function startRegistry(config: Config, around: Surroundings): Promise<Registry> {
  const log = createLogger(config.log)
  const exposure = describeExposure(config)
  for (const warning of exposure === undefined ? around.warnings : [...around.warnings, exposure]) log.warn(warning)
  const root = config.storage.kind === "filesystem" ? resolve(around.workingDirectory, config.storage.root) : undefined
  const [storage, identity] = await Promise.all([openStorage(config, root, around), openIdentity(config, log)])
  const { app, jobs, flush } = createRegistry(config, { ...storage, identity, log, exposure })
  const listener = await createListener({
    address: config.http.address,
    tls: config.http.tls,
    limits: config.limits,
    handler: app,
    log,
  }).catch(async (error: unknown) => {
    await storage.close()
    throw error
  })
  const schedule = startSchedule(jobs, log)
  around.print(describeStart(config, { port: listener.port, version: around.version, root }))
  return {
    stop: async () => {
      await listener.stop({ deadlineSeconds: config.http.drainTimeoutSeconds })
      await schedule.stop()
      await flush()
      await storage.close()
      log.flush()
    },
  }
}

interface Storage {
  store: BlobStore
  metadata: Metadata
  close(): Promise<void>
}

async function openStorage(config: Config, root: string | undefined, around: Surroundings): Promise<Storage> {
  const { holder, threads } = around
  if (root === undefined) {
    await threads.metadata.close()
    const metadata = await createMetadata({ path: ":memory:", clock })
    return { store: createMemoryBlobStore(), metadata, close: () => metadata.close() }
  }
  const own = join(root, "berth")
  const files = createDiskFiles()
  await ensureDirectory(files, own).catch((error: unknown) => {
    throw new Error(`cannot write to the data directory ${root}: ${describe(error)}`, { cause: error })
  })
  const databasePath = config.database.path ?? join(own, "metadata.db")
  // A database elsewhere could be that of a server with another directory, and each would have its own cache of tags.
  const locked = new Set([own, dirname(resolve(around.workingDirectory, databasePath))])
  const locks = [...locked].map((directory) => acquireLock(join(directory, "lock.db"), holder))
  const hashing = config.workers.hashing || Math.min(availableParallelism(), 4)
  const [store, metadata] = await Promise.all([
    createFilesystemBlobStore({ root, threads: hashing, files }),
    createMetadata({ path: databasePath, clock, thread: threads.metadata }),
  ])
  return {
    store,
    metadata,
    close: async () => {
      await metadata.close()
      await store.close()
      for (const lock of locks) lock.release()
    },
  }
}

async function openIdentity(config: Config, log: Logger): Promise<Identity> {
  if (config.auth === undefined) return createAnonymousIdentity()
  return createHtpasswdIdentity({ realm: config.auth.realm, path: config.auth.path, clock, log })
}

interface Parts {
  store: BlobStore
  metadata: Metadata
  identity: Identity
  log: Logger
  exposure: string | undefined
}

function createRegistry(config: Config, parts: Parts): { app: App; jobs: Job[]; flush: () => Promise<void> } {
  const { store, metadata, identity, log } = parts
  const { limits, http, storage, uploadPurging, validation } = config
  const access = createAccess(identity, storage)
  const pulls = createPulls({ manifests: metadata.manifests, clock })
  const uploadLimits = { openUploads: limits.uploads, blobBytes: limits.blobBytes }
  const uploads = createUploads({ ...metadata, store, clock, ids, limits: uploadLimits })
  const rules = {
    maxReferences: limits.manifestReferences,
    checksReferences: !validation.disabled,
    urls: validation.manifestUrls,
  }
  const routes = createRoutes({
    blobs: createBlobs({ blobs: metadata.blobs, store, access }),
    catalog: createCatalog({ repositories: metadata.repositories, access, pause }),
    manifests: createManifests({ ...metadata, pulls, rules }),
    referrers: createReferrers(metadata),
    tags: createTags(metadata),
    uploads,
    openBody: (body, signal) => withMinimumRate(body, { stallSeconds: limits.stallSeconds, signal }),
    warning: parts.exposure,
    limits: { ...limits, catalogEntries: config.catalog.maxEntries, tags: config.tags.maxTags },
  })
  const app = createApp({
    routes,
    access,
    ids,
    log,
    logsAccess: config.log.accessLog,
    prefix: http.prefix,
    externalUrl: http.externalUrl,
    headers: Object.fromEntries(Object.entries(http.headers).map(([name, values]) => [name, values.join(", ")])),
  })
  const purge = uploadPurging.enabled ? [createPurgeUploadsJob({ uploads, log, ...uploadPurging })] : []
  return { app, jobs: [createFlushPullsJob(pulls), ...purge], flush: () => pulls.flush() }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
