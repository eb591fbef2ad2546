import type { Database } from "bun:sqlite"
import { createMemoryBlobStore } from "../../../src/adapters/blob-store/memory/memory.ts"
import { createAnonymousIdentity } from "../../../src/adapters/identity/anonymous.ts"
import { createRecords } from "../../../src/adapters/metadata/metadata.ts"
import type { Connection } from "../../../src/adapters/metadata/prepared.ts"
import { createConnection } from "../../../src/adapters/metadata/sqlite/connection.ts"
import { NO_CHECKPOINTS } from "../../../src/adapters/metadata/sqlite/checkpoint/client.ts"
import { openForWriting } from "../../../src/adapters/metadata/sqlite/open.ts"
import { createWriteQueue } from "../../../src/adapters/metadata/sqlite/queue.ts"
import { createReader } from "../../../src/adapters/metadata/sqlite/reader.ts"
import type { Store } from "../../../src/adapters/metadata/sqlite/store.ts"
import { createWriter, type Writer } from "../../../src/adapters/metadata/sqlite/writer.ts"
import { createMemoryUnrecorded } from "../../../src/adapters/unrecorded/memory.ts"
import { digestOf } from "../../../src/domain/digest.ts"
import type { BlobKey, BlobStore } from "../../../src/ports/blob-store.ts"
import { createManualClock } from "../../../src/ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../../src/ports/metadata/metadata.ts"
import { createAccess } from "../../../src/services/access.ts"
import { createBlobs } from "../../../src/services/blobs.ts"
import { createGc, type GcRules } from "../../../src/services/gc.ts"
import { createHistory } from "../../../src/services/history.ts"
import { createJobs } from "../../../src/services/jobs.ts"
import { createManifestDeletion } from "../../../src/services/manifest-deletion.ts"
import { createManifests } from "../../../src/services/manifests.ts"
import { createPulls } from "../../../src/services/pulls.ts"
import { createReferrers } from "../../../src/services/referrers.ts"
import { createRepositories } from "../../../src/services/repositories.ts"
import type { RequestContext } from "../../../src/services/request-context.ts"
import { createFindLost } from "../../../src/services/stored-references.ts"
import { createTags } from "../../../src/services/tags.ts"
import { createTouches, type Touches } from "../../../src/services/touches.ts"
import { createUploads } from "../../../src/services/uploads.ts"
import { createRules } from "./collect.ts"
import { compiled, createGatedBlobStore, createGatedStore } from "./gated.ts"
import { createGate, type Gate } from "./gate.ts"

type ManualClock = ReturnType<typeof createManualClock>

/** The real services over a database and a storage in memory, every call to which is a step at the gate. */
export interface World {
  gate: Gate
  clock: ManualClock
  services: Services
  /** From now on the clients are at work, all in one millisecond: what the tags name now is what they named then. */
  begin(): void
  /**
   * The same without anything that is kept in memory, and not through the gate: what a server sees that starts now. That
   * it is asked keeps nothing alive.
   */
  openCold(): Services
  database: Database
  /** The keys of the objects on the storage, and when they came there. */
  objects: ReadonlyMap<string, number>
  /** What nobody may ever do, if it was done: looked at after each schedule. */
  violations: string[]
}

export interface WorldOptions {
  /** How long a manifest that nothing names is kept; forever when left out. */
  untaggedHours?: number | undefined
}

export type Services = ReturnType<typeof createServices>

/** A database that serves one world after the other: opening one takes as long as a schedule. */
export interface Ground {
  /** A world where nothing has happened yet; the one before is over. */
  createWorld(options?: WorldOptions): World
  close(): void
}

/** Of a repository: the deletion or restoration of any that these schedules have takes several. */
const STEP_ROWS = 3

export function openGround(): Ground {
  const database = openForWriting(":memory:", 0)
  const connection = createConnection(database, compiled)
  const writer = createWriter(() => database, compiled)
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all()
    .filter(({ name }) => name !== "schema_version")
    .map(({ name }) => ({
      holds: database.prepare(`SELECT 1 FROM ${name} LIMIT 1`),
      empty: database.prepare(`DELETE FROM ${name}`),
    }))
  return {
    createWorld: ({ untaggedHours } = {}) => {
      database.run("BEGIN")
      for (const { holds, empty } of tables) if (holds.get() !== null) empty.run()
      database.run("COMMIT")
      const gate = createGate()
      const clock = createManualClock()
      const store = openStore({ connection, writer }, clock)
      const violations: string[] = []
      const moment: Moment = { beganAt: 0 }
      const watched = createWatchedBlobStore({ database, clock, violations })
      const rules = createRules(untaggedHours)
      const gated = {
        records: createRecords(createGatedStore(store, gate), { stepRows: STEP_ROWS }),
        store: createGatedBlobStore(watched.store, gate),
      }
      return {
        gate,
        clock,
        services: createServices({ metadata: gated.records, store: gated.store, clock, rules, moment }),
        begin: () => {
          // Past all deletions before, which were at moments of their own.
          clock.advance(1000)
          moment.beganAt = clock.now()
          clock.advance(1)
        },
        openCold: () => {
          const yes = () => Promise.resolve(true)
          const touches: Touches = {
            renew: yes,
            renewManifest: yes,
            settle: yes,
            collect: (step) => step(),
            findTrouble: () => undefined,
            longestGraceSeconds: () => rules.graceSeconds,
          }
          return createServices({ metadata: createRecords(store), store: watched.store, clock, rules, moment, touches })
        },
        database,
        objects: watched.objects,
        violations,
      }
    },
    close: () => database.close(true),
  }
}

/** As the adapter opens one in memory, with the database in reach of those who look at its rows. */
function openStore({ connection, writer }: { connection: Connection; writer: Writer }, clock: ManualClock): Store {
  let running: Promise<unknown> | undefined
  const queue = createWriteQueue(clock, async (batch) => {
    const done = writer.run(batch)
    running = done
    const replies = await done
    running = undefined
    return replies
  })
  const snapshots = { path: ":memory:", take: () => Promise.reject(new Error("no backup here")), sizeBytes: () => 0 }
  const inspect = () => Promise.reject(new Error("no inspection here"))
  return {
    ...queue,
    countWrites: () => ({ ...queue.countWrites(), ...NO_CHECKPOINTS }),
    snapshots,
    inspect,
    read: createReader(connection, () => running),
  }
}

interface Parts {
  metadata: Metadata
  store: BlobStore
  clock: ManualClock
  rules: GcRules
  moment: Moment
  touches?: Touches
}

interface Moment {
  beganAt: number
}

function createServices({ metadata, store, clock, rules: gcRules, moment, ...given }: Parts) {
  let created = 0
  const ids = { create: () => `${clock.now()}-${++created}` }
  const access = createAccess(createAnonymousIdentity(), { deleteEnabled: true, readOnly: false })
  const pause = () => Promise.resolve()
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const jobs = createJobs({ clock, ids, log })
  const touches =
    given.touches ??
    createTouches({
      ...metadata,
      unrecorded: createMemoryUnrecorded(),
      clock,
      log,
      graceSeconds: gcRules.graceSeconds,
      collectsUntagged: gcRules.untaggedSeconds !== undefined,
    })
  const adoption = { isSettled: () => true, listProblems: () => Promise.resolve({ items: [], hasMore: false }) }
  const pulls = createPulls({ manifests: metadata.manifests, clock })
  const manifestDeletion = createManifestDeletion({ ...metadata, events: undefined, pause })
  const rules = { maxReferences: 1000, requiredPlatforms: "all" as const, urls: { allow: [], deny: [] } }
  return {
    metadata,
    store,
    clock,
    log,
    jobs,
    pulls,
    moment,
    rules: gcRules,
    gc: createGc({
      records: metadata.gc,
      store,
      adoption,
      touches,
      clock,
      rest: () => pause().then(() => false),
      log,
      rehearse: (_, work) => work(metadata.gc),
      isReadOnly: false,
      rules: gcRules,
    }),
    history: createHistory({ ...metadata, events: undefined }),
    blobs: createBlobs({ blobs: metadata.blobs, store, access, touches }),
    manifests: createManifests({
      ...metadata,
      events: undefined,
      touches,
      pulls,
      rules,
      findLost: createFindLost({ ...metadata, store }),
    }),
    referrers: createReferrers(metadata),
    repositories: createRepositories({
      ...metadata,
      events: undefined,
      jobs,
      pause,
      adoption: { isPartial: () => false },
    }),
    tags: createTags({ ...metadata, events: undefined, manifestDeletion }),
    uploads: createUploads({
      ...metadata,
      events: undefined,
      store,
      clock,
      ids,
      limits: { openUploads: 1000, blobBytes: 0 },
    }),
  }
}

interface Watch {
  database: Database
  clock: ManualClock
  violations: string[]
}

/** Sees to it that no object is removed that a row still promises. */
function createWatchedBlobStore({ database, clock, violations }: Watch) {
  const store = createMemoryBlobStore()
  const objects = new Map<string, number>()
  const stateOf = database.query<{ state: string }, [string, number]>(
    "SELECT state FROM blob WHERE digest = ? AND generation = ?",
  )
  const watched: BlobStore = {
    ...store,
    complete: (uploadId, key) => {
      objects.set(nameOf(key), clock.now())
      return store.complete(uploadId, key)
    },
    remove: (key) => {
      const state = stateOf.get(key.digest, key.generation)?.state ?? "forgotten"
      if (state !== "deleting" && objects.has(nameOf(key)))
        violations.push(`the object of a ${state} blob was removed: ${nameOf(key)}`)
      objects.delete(nameOf(key))
      return store.remove(key)
    },
    list: async (page) => {
      const { items, hasMore } = await store.list(page)
      for (const each of items) each.modifiedAt = objects.get(nameOf(each)) ?? 0
      return { items, hasMore }
    },
  }
  return { store: watched, objects }
}

function nameOf({ digest, generation }: BlobKey): string {
  return `${digest}.${generation}`
}

export function contextOf(user: string): RequestContext {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  return { actor: { id: user, quotaKey: user }, requestId: "1", signal: NEVER, log }
}

export function sha256(bytes: Uint8Array | string) {
  return digestOf("sha256", new Bun.CryptoHasher("sha256").update(bytes).digest("hex"))
}

const NEVER = new AbortController().signal

function ignore(): void {}
