import { createFilesystemBlobStore } from "../../../src/adapters/blob-store/filesystem/filesystem.ts"
import { createInlinePool } from "../../../src/adapters/blob-store/filesystem/testing.ts"
import { createUploadWriter } from "../../../src/adapters/blob-store/filesystem/upload-writer.ts"
import { createAnonymousIdentity } from "../../../src/adapters/identity/anonymous.ts"
import { randomIds as ids } from "../../../src/adapters/ids/random.ts"
import { createFilesystemLinkTree } from "../../../src/adapters/link-tree/filesystem.ts"
import { resumeRecords } from "../../../src/adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../../../src/adapters/unrecorded/memory.ts"
import type { Store } from "../../../src/adapters/metadata/sqlite/store.ts"
import { createServices, type Services } from "../../../src/compose/services.ts"
import { loadConfig } from "../../../src/config/load-config.ts"
import { createApi } from "../../../src/http/api/app.ts"
import { createApp } from "../../../src/http/app.ts"
import { createRoutes } from "../../../src/http/distribution/routes.ts"
import type { BlobStore } from "../../../src/ports/blob-store.ts"
import type { Files } from "../../../src/ports/files.ts"
import type { Logger } from "../../../src/ports/logger.ts"
import type { Metadata } from "../../../src/ports/metadata/metadata.ts"
import type { Client } from "../client.ts"

/** Where the registry is on the simulated disk. */
export const ROOT = "/data"

/** A whole registry on any files and any store of metadata, in this thread: the real adapters, services and routes. */
export interface Registry {
  services: Services
  store: BlobStore
  metadata: Metadata
  client: Client
}

export interface RegistryParts {
  files: Files
  database: Store
  /** Makes a mistake on purpose. */
  mutate?: ((parts: { store: BlobStore; metadata: Metadata }) => { store: BlobStore; metadata: Metadata }) | undefined
}

/** So much of a body goes to the disk in one write: small bodies are to need several. */
const WRITE_BYTES = 1536
/** Of a repository: its deletion and its restoration take several transactions, between which the power may fail. */
const STEP_ROWS = 3

const silent = () => undefined
const log: Logger = { debug: silent, info: silent, warn: silent, error: silent }

const { config } = await loadConfig({
  env: {},
  file: {
    path: "power.yml",
    text: `{ version: 0.1, storage: { filesystem: { rootdirectory: ${ROOT} }, delete: { enabled: true } } }`,
  },
})

const limits = { ...config.limits, catalogEntries: config.catalog.maxEntries, tags: config.tags.maxTags }

export async function openRegistry({ files, database, mutate }: RegistryParts): Promise<Registry> {
  await files.mkdir(ROOT)
  await files.syncDirectory("/")
  const pool = createInlinePool(createUploadWriter(ROOT, files))
  const threads = {
    ...pool,
    openBody: (uploadId: string) => ({ ...pool.openBody(uploadId), shareBytes: () => 2 * WRITE_BYTES }),
  }
  const parts = {
    store: withStreams(await createFilesystemBlobStore({ root: ROOT, threads, files }), files),
    metadata: await resumeRecords(database, { stepRows: STEP_ROWS }),
  }
  const { store, metadata } = mutate?.(parts) ?? parts
  const links = createFilesystemLinkTree(files, ROOT)
  const storage = { store, metadata, unrecorded: createMemoryUnrecorded(), links, close: () => Promise.resolve() }
  const services = createServices(config, { storage, identity: createAnonymousIdentity(), log, hostname: "simulated" })
  await services.adoption.open()
  const app = createApp({
    // Without the watch over slow clients: its timers would outlive a power cut.
    routes: createRoutes({ ...services, openBody: (body) => body, warning: undefined, limits }),
    access: services.access,
    ids,
    log,
    observer: undefined,
    prefix: "/",
    externalUrl: undefined,
    headers: {},
    proxies: undefined,
  })
  const api = createApi({ services, ids, log, version: "simulated", isAlone: false, isReadOnly: false })
  const connection = { address: "127.0.0.1" }
  const client: Client = {
    send: async ({ method, path, headers, body }) => {
      const request = new Request(new URL(path, "http://simulated").href, {
        method,
        headers: { ...headers, ...lengthOf(body) },
        ...(body !== undefined && { body }),
      })
      const answer = await (path.startsWith("/api/") ? api.fetch(request) : app(request, connection))
      return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) }
    },
  }
  return { services, store, metadata, client }
}

function lengthOf(body: unknown): Record<string, string> {
  if (typeof body === "string") return { "Content-Length": String(Buffer.byteLength(body)) }
  return body instanceof Uint8Array ? { "Content-Length": String(body.length) } : {}
}

/** The runtime sends files of the real disk alone. */
function withStreams(store: BlobStore, files: Files): BlobStore {
  return {
    ...store,
    open: async (key, wanted) => {
      const opened = await store.open(key, wanted)
      if (opened?.kind !== "file") return opened
      const { range, totalBytes } = opened
      const bytes = (await files.findContent(opened.path, Infinity))?.bytes ?? new Uint8Array(0)
      const body = new Blob([bytes.slice(range.start, range.start + range.length)]).stream()
      return { kind: "stream", body, range, totalBytes }
    },
  }
}
