import type { Database } from "bun:sqlite"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../../../src/adapters/blob-store/filesystem/filesystem.ts"
import { createInlinePool } from "../../../src/adapters/blob-store/filesystem/testing.ts"
import { createUploadWriter } from "../../../src/adapters/blob-store/filesystem/upload-writer.ts"
import { createMemoryBlobStore } from "../../../src/adapters/blob-store/memory/memory.ts"
import { systemClock as clock } from "../../../src/adapters/clock/system.ts"
import { createDiskFiles } from "../../../src/adapters/files/disk.ts"
import { ensureDirectory } from "../../../src/adapters/files/ensure-directory.ts"
import { createStorageProbe } from "../../../src/adapters/health/storage.ts"
import { createAnonymousIdentity } from "../../../src/adapters/identity/anonymous.ts"
import { randomIds as ids } from "../../../src/adapters/ids/random.ts"
import { emptyLinkTree } from "../../../src/adapters/link-tree/empty.ts"
import { createFilesystemLinkTree } from "../../../src/adapters/link-tree/filesystem.ts"
import { createMetadata } from "../../../src/adapters/metadata/metadata.ts"
import { openFileUnrecorded } from "../../../src/adapters/unrecorded/file.ts"
import { createMemoryUnrecorded } from "../../../src/adapters/unrecorded/memory.ts"
import { createRegistryApp } from "../../../src/compose/app.ts"
import { createServices, type Services } from "../../../src/compose/services.ts"
import type { Storage } from "../../../src/compose/storage.ts"
import { loadConfig, type LoadedConfig } from "../../../src/config/load-config.ts"
import { createApi } from "../../../src/http/api/app.ts"
import type { App } from "../../../src/http/app.ts"
import type { RegistryEvent } from "../../../src/domain/event.ts"
import type { BlobStore } from "../../../src/ports/blob-store.ts"
import type { EventSink } from "../../../src/ports/event-sink.ts"
import type { Files } from "../../../src/ports/files.ts"
import type { Logger } from "../../../src/ports/logger.ts"
import { createManualClock } from "../../../src/ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../../src/ports/metadata/metadata.ts"
import { createDeliveries, type Deliveries } from "../../../src/services/deliveries.ts"
import { createEventMeter } from "../../../src/services/event-meter.ts"
import { createWriteGuard, guardWrites, type WriteGuard } from "../../../src/services/write-guard.ts"
import type { Client } from "../client.ts"
import { createAppClient } from "./app-client.ts"
import { createFaults, type Faults } from "./faults.ts"
import { createFaultyBlobs } from "./faulty-blobs.ts"
import { createFaultyDatabase, createInlineWriter } from "./faulty-database.ts"
import { createFaultyFiles } from "./faulty-files.ts"
import { createFaultyMetadata } from "./faulty-metadata.ts"
import { createFaultySink } from "./faulty-sink.ts"

/** What everything is kept in: `memory`, or `files`, which is the filesystem store with SQLite in a file. */
export type Kind = "memory" | "files"

export const KINDS: readonly Kind[] = ["memory", "files"]

/** A bug that is put between the program and its drivers on purpose. */
export interface Bug {
  files?(files: Files): Files
  blobs?(blobs: BlobStore): BlobStore
  metadata?(metadata: Metadata): Metadata
  database?(database: Database): Database
  sink?(sink: EventSink): EventSink
  guard?(guard: WriteGuard): WriteGuard
}

/** A whole registry in this process, on drivers that fail when they are told to. */
export interface Scene extends AsyncDisposable {
  kind: Kind
  /** The data directory; empty where everything is in memory. */
  root: string
  faults: Faults
  client: Client
  services: Services
  deliveries: Deliveries
  received: RegistryEvent[]
  /** Lets the write guard look at the storage again. */
  pass(ms: number): void
  /** The last lines of the log. */
  lines(): string
}

export const ENDPOINT = "hook"

const CONFIG = `
version: 0.1
storage: {inmemory: {}, delete: {enabled: true}}
limits: {uploads: 100000}
notifications: {endpoints: [{name: ${ENDPOINT}, url: "http://127.0.0.1:9/"}]}
`

let loaded: Promise<LoadedConfig> | undefined

export async function openScene(kind: Kind, bug: Bug = {}): Promise<Scene> {
  loaded ??= loadConfig({ env: {}, file: { path: "config.yml", text: CONFIG } })
  const { config } = await loaded
  const faults = createFaults()
  const guardClock = createManualClock()
  const { log, lines } = createTail()
  const root =
    kind === "files" ? mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "berth-faults-")) : ""
  const faulty = createFaultyFiles(createDiskFiles(), faults)
  const files = bug.files?.(faulty) ?? faulty
  const parts = { root, files, faults, bug }
  const storage = kind === "files" ? await openOnFiles(parts) : await openInMemory(parts)
  const unguarded = createServices(config, { storage, identity: createAnonymousIdentity(), log, hostname: "test" })
  const directory = kind === "files" ? join(root, "berth") : undefined
  const tryMetadata = () => storage.metadata.events.forget({ endpoint: "", before: 0, limit: 1 })
  const probe = createStorageProbe({ directory, file: "write-probe", files, tryMetadata })
  const guard = createWriteGuard({ probe, clock: guardClock, log })
  const services = guardWrites(unguarded, bug.guard?.(guard) ?? guard)
  const { sink, received } = createFaultySink(faults)
  const recipient = { name: ENDPOINT, sink: bug.sink?.(sink) ?? sink, threshold: 5, backoffSeconds: 1 }
  const rules = { recipients: [recipient], outbox: { maxWaiting: 1000, maxAgeSeconds: 3600, keepDeadSeconds: 3600 } }
  const registry = createRegistryApp(config, { services, log, observer: undefined, exposure: undefined })
  const api = createApi({ services, ids, log, version: "test", isAlone: false, isReadOnly: false })
  const app: App = async (request, from) =>
    new URL(request.url).pathname.startsWith("/api/") ? api.fetch(request) : registry(request, from)
  return {
    kind,
    root,
    faults,
    client: createAppClient(app, faults),
    services,
    deliveries: createDeliveries({ ...storage.metadata, clock, log, meter: createEventMeter(), rules }),
    received,
    pass: (ms) => guardClock.advance(ms),
    lines,
    [Symbol.asyncDispose]: async () => {
      faults.disarm()
      await services.jobs.stop()
      await storage.close()
      if (root !== "") rmSync(root, { recursive: true, force: true })
    },
  }
}

interface Parts {
  root: string
  files: Files
  faults: Faults
  bug: Bug
}

async function openInMemory({ faults, bug }: Parts): Promise<Storage> {
  const plain = await createMetadata({ path: ":memory:", clock })
  const metadata = createFaultyMetadata(plain, faults, "all")
  const store = createFaultyBlobs(createMemoryBlobStore(), faults)
  return {
    store: bug.blobs?.(store) ?? store,
    metadata: bug.metadata?.(metadata) ?? metadata,
    unrecorded: createMemoryUnrecorded(),
    links: emptyLinkTree,
    close: () => plain.close(),
  }
}

async function openOnFiles({ root, files, faults, bug }: Parts): Promise<Storage> {
  await ensureDirectory(files, join(root, "berth"))
  const thread = createInlineWriter((database) => {
    const changed = createFaultyDatabase(database, faults)
    return bug.database?.(changed) ?? changed
  })
  const plain = await createMetadata({ path: join(root, "berth", "metadata.db"), clock, thread })
  const metadata = createFaultyMetadata(plain, faults, "reads")
  const threads = createInlinePool(createUploadWriter(root, files))
  const store = await createFilesystemBlobStore({ root, threads, files })
  return {
    store: bug.blobs?.(store) ?? store,
    metadata: bug.metadata?.(metadata) ?? metadata,
    unrecorded: await openFileUnrecorded(files, join(root, "berth")),
    links: createFilesystemLinkTree(files, root),
    close: async () => {
      await plain.close()
      await store.close()
    },
  }
}

const TAIL = 40

/** A logger that keeps the last lines: a run of hours must not gather them all. */
function createTail(): { log: Logger; lines: () => string } {
  const kept: string[] = []
  const note: Logger["info"] = (message, fields = {}) => {
    kept.push(`${message} ${Bun.inspect(fields, { depth: 3 })}`)
    if (kept.length > TAIL) kept.shift()
  }
  return { log: { debug: () => undefined, info: note, warn: note, error: note }, lines: () => kept.join("\n") }
}
