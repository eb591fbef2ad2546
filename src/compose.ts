import { mkdir } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { dirname, join, resolve } from "node:path"
import { createFilesystemBlobStore } from "./adapters/blob-store/filesystem/filesystem.ts"
import { createMemoryBlobStore } from "./adapters/blob-store/memory/memory.ts"
import { systemClock } from "./adapters/clock/system.ts"
import { createDiskFiles } from "./adapters/files/disk.ts"
import { randomIds } from "./adapters/ids/random.ts"
import { createMetadata } from "./adapters/metadata/metadata.ts"
import type { Config } from "./config/config.ts"
import type { Identity } from "./ports/identity.ts"
import type { Logger } from "./ports/logger.ts"
import { createApp } from "./http/app.ts"
import { createRoutes } from "./http/distribution/routes.ts"
import { createFlushPullsJob } from "./jobs/flush-pulls.ts"
import { createPurgeUploadsJob } from "./jobs/purge-uploads.ts"
import { startSchedule } from "./jobs/schedule.ts"
import { createAccess } from "./services/access.ts"
import { createBlobs } from "./services/blobs.ts"
import { createCatalog } from "./services/catalog.ts"
import { createManifests } from "./services/manifests.ts"
import { createPulls } from "./services/pulls.ts"
import { createReferrers } from "./services/referrers.ts"
import { createTags } from "./services/tags.ts"
import { createUploads } from "./services/uploads.ts"

export interface Surroundings {
  warnings: readonly string[]
  version: string
  workingDirectory: string
  holder: { pid: number; host: string }
  print(text: string): void
}

export async function startRegistry(config: Config, around: Surroundings): Promise<{ stop(): Promise<void> }> {
  const log: Logger = { debug() {}, info() {}, warn(...a) { around.print(JSON.stringify(a)+"\n") }, error(...a) { around.print(JSON.stringify(a)+"\n"); console.error(a) } }
  const clock = systemClock
  const ids = randomIds
  const root = config.storage.kind === "filesystem" ? resolve(around.workingDirectory, config.storage.root) : undefined
  if (root !== undefined) await mkdir(join(root, "berth"), { recursive: true })
  const threads = config.workers.hashing || Math.min(availableParallelism(), 4)
  const store = root === undefined ? createMemoryBlobStore() : await createFilesystemBlobStore({ root, threads, files: createDiskFiles() })
  const metadata = await createMetadata({ path: root === undefined ? ":memory:" : join(root, "berth", "metadata.db"), clock })
  const identity: Identity = { challenge: undefined, authenticate: async ({ address }) => ({ id: "anonymous", quotaKey: `address:${address}` }) }
  const access = createAccess(identity, { deleteEnabled: config.storage.deleteEnabled, readOnly: config.storage.readOnly })
  const pulls = createPulls({ manifests: metadata.manifests, clock })
  const uploads = createUploads({ uploads: metadata.uploads, blobs: metadata.blobs, store, clock, ids, limits: { openUploads: config.limits.uploads, blobBytes: config.limits.blobBytes } })
  const routes = createRoutes({
    blobs: createBlobs({ blobs: metadata.blobs, store, access }),
    catalog: createCatalog({ repositories: metadata.repositories, access }),
    manifests: createManifests({ manifests: metadata.manifests, tags: metadata.tags, pulls, rules: { maxReferences: config.limits.manifestReferences, checksReferences: !config.validation.disabled, urls: config.validation.manifestUrls } }),
    referrers: createReferrers(metadata),
    tags: createTags(metadata),
    uploads,
    openBody: (request) => request.body ?? new ReadableStream(),
    warning: undefined,
    limits: { ranges: config.limits.ranges, manifestBytes: config.limits.manifestBytes, catalogEntries: config.catalog.maxEntries, tags: config.tags.maxTags },
  })
  const app = createApp({ routes, access, ids, log, logsAccess: false, prefix: config.http.prefix, externalUrl: config.http.externalUrl, headers: {}, transferIdleSeconds: config.limits.readStallSeconds })
  const server = Bun.serve({ hostname: config.http.address.host, port: config.http.address.port, development: false, maxRequestBodySize: 2 ** 40, idleTimeout: 30,
    fetch: (request, server) => app(request, { address: "x", extendIdle: (seconds) => server.timeout(request, seconds) }) })
  const schedule = startSchedule([createFlushPullsJob(pulls), createPurgeUploadsJob({ uploads, log, ...config.uploadPurging })], log)
  return { stop: async () => { await server.stop(); await schedule.stop(); await pulls.flush(); await metadata.close(); await store.close() } }
}
void dirname
