import type { Digest } from "../../domain/digest.ts"
import type { RegistryEvent } from "../../domain/event.ts"
import type { Tag } from "../../domain/tag.ts"
import type {
  DeliveryRecord,
  DeliveryState,
  EventAppend,
  EventRecords,
  PushTelling,
  Replay,
} from "../../ports/metadata/events.ts"
import { eventStatements } from "./event-statements.ts"
import { operation, type Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"

const FULL = "too many deliveries wait for the endpoint (events.maxwaiting)"

const append = operation("events.append", (connection, events: EventAppend, at) => appendEvents(connection, events, at))

const markDelivered = operation("events.markDelivered", async (connection, id: number): Promise<void> => {
  const delivery = await connection.find(eventStatements.find, { id })
  if (delivery !== undefined) await remove(connection, delivery)
})

const markFailed = operation("events.markFailed", async (connection, failure: Failure): Promise<void> => {
  await connection.run(eventStatements.noteFailure, failure)
})

interface Failure {
  id: number
  error: string
}

const markDead = operation("events.markDead", async (connection, { id, error }: Failure, at): Promise<void> => {
  const delivery = await connection.find(eventStatements.find, { id })
  if (delivery?.state === "waiting") await move(connection, delivery, { state: "dead", error, at })
})

const replay = operation("events.replay", async (connection, { endpoint, id, limit }: Replay, at): Promise<number> => {
  const one = id === undefined ? undefined : await connection.find(eventStatements.find, { id })
  const dead =
    id === undefined
      ? await connection.list(eventStatements.listOlder, { endpoint, state: "dead", before: at + 1, limit })
      : one?.endpoint === endpoint && one.state === "dead"
        ? [one]
        : []
  for (const delivery of dead) await move(connection, delivery, { state: "waiting", error: null, at })
  return dead.length
})

const expire = operation("events.expire", async (connection, expiry: Expiry & { error: string }, at) => {
  const { error, ...older } = expiry
  const waiting = await connection.list(eventStatements.listOlder, { ...older, state: "waiting" })
  for (const delivery of waiting) await move(connection, delivery, { state: "dead", error, at })
  return waiting.length
})

const forget = operation("events.forget", async (connection, expiry: Expiry): Promise<number> => {
  const dead = await connection.list(eventStatements.listOlder, { ...expiry, state: "dead" })
  for (const delivery of dead) await remove(connection, delivery)
  return dead.length
})

interface Expiry {
  endpoint: string
  before: number
  limit: number
}

export const eventOperations = [append, markDelivered, markFailed, markDead, replay, expire, forget]

/** Tells of a write that has put events into the outbox. */
export interface EventSignal {
  listen(listener: () => void): void
  tell(): void
  /** Passes the write's result on. */
  after<T>(events: EventAppend | PushTelling | undefined, write: Promise<T>): Promise<T>
}

export function createEventSignal(): EventSignal {
  const listeners: (() => void)[] = []
  function tell(): void {
    for (const listener of listeners) listener()
  }
  return {
    listen: (listener) => void listeners.push(listener),
    tell,
    after: (events, write) => (events === undefined ? write : write.finally(tell)),
  }
}

export function createEventRecords(read: Connection, write: Write, signal: EventSignal): EventRecords {
  return {
    append: (events) => signal.after(events, write(append, events)),
    watch: (listener) => signal.listen(listener),
    async findLane(endpoint, after) {
      return (await read.find(eventStatements.findLane, { endpoint, after }))?.repository
    },
    async listLane(lane) {
      return (await read.list(eventStatements.listLane, lane)).map(toRecord)
    },
    markDelivered: (id) => write(markDelivered, id),
    markFailed: (id, error) => write(markFailed, { id, error }),
    markDead: (id, error) => write(markDead, { id, error }),
    replay: (which) => write(replay, which).finally(() => signal.tell()),
    expire: (expiry) => write(expire, expiry),
    forget: (expiry) => write(forget, expiry),
    async find(id) {
      const row = await read.find(eventStatements.find, { id })
      return row && toRecord(row)
    },
    async list({ endpoint, state, limit, after = { since: -1, id: -1 } }) {
      const rows = await read.list(eventStatements.list, { endpoint, state, ...after, limit: limit + 1 })
      return { items: rows.slice(0, limit).map(toRecord), hasMore: rows.length > limit }
    },
    listCounts: () => read.list(eventStatements.listCounts, { after: "" }),
  }
}

/** Part of the transaction that makes the change. What an endpoint has is counted once, however many events it gets. */
export async function appendEvents(
  connection: Connection,
  { drafts, maxWaiting }: EventAppend,
  at: number,
): Promise<void> {
  const tallies = new Map<string, Tally>()
  for (const { event, endpoints } of drafts) {
    const json = JSON.stringify(event)
    const { repository } = event.target
    for (const endpoint of endpoints) {
      const tally = tallies.get(endpoint) ?? (await openTally(connection, endpoint))
      tallies.set(endpoint, tally)
      const isFull = tally.waiting >= maxWaiting
      const [state, error]: [DeliveryState, string | null] = isFull ? ["dead", FULL] : ["waiting", null]
      if (isFull && tally.dead >= maxWaiting) tally.dead -= await dropOldestDead(connection, endpoint, at)
      await connection.run(eventStatements.insert, { endpoint, repository, state, event: json, error, at })
      tally[state]++
      tally.added[state]++
    }
  }
  for (const [endpoint, { added }] of tallies) await connection.run(eventStatements.count, { endpoint, ...added })
}

interface Tally {
  waiting: number
  dead: number
  /** Of these, what is not counted in the database yet. */
  added: { waiting: number; dead: number }
}

async function openTally(connection: Connection, endpoint: string): Promise<Tally> {
  const { waiting, dead } = (await connection.find(eventStatements.findCount, { endpoint })) ?? NOTHING
  return { waiting, dead, added: { waiting: 0, dead: 0 } }
}

/** As pushes of the manifests are told; `told` counts them. Part of the transaction that brings them back. */
export async function tellPushes(
  connection: Connection,
  { telling, told, at }: { telling: PushTelling; told: Record<string, number>; at: number },
  targets: readonly { digest: Digest; mediaType: string; sizeBytes: number; tag?: Tag }[],
): Promise<void> {
  const { event, maxWaiting } = telling
  const drafts = targets.map((target) => {
    const isWanted = ({ ignoredMediaTypes }: PushTelling["endpoints"][number]) =>
      !ignoredMediaTypes.includes(target.mediaType)
    const endpoints = telling.endpoints.filter(isWanted).map(({ name }) => name)
    const pushed = Object.assign({}, event, {
      id: crypto.randomUUID(),
      target: Object.assign({}, event.target, target),
    })
    return { event: pushed, endpoints }
  })
  await appendEvents(connection, { drafts, maxWaiting }, at)
  for (const { endpoints } of drafts) for (const name of endpoints) told[name] = (told[name] ?? 0) + 1
}

const NOTHING = { waiting: 0, dead: 0 }

/** Gives how many it dropped. */
async function dropOldestDead(connection: Connection, endpoint: string, at: number): Promise<number> {
  const query = { endpoint, state: "dead" as const, before: at + 1, limit: 1 }
  const oldest = await connection.list(eventStatements.listOlder, query)
  for (const each of oldest) await remove(connection, each)
  return oldest.length
}

interface Place {
  id: number
  endpoint: string
  state: DeliveryState
}

async function move(
  connection: Connection,
  delivery: Place,
  { state, error, at }: { state: DeliveryState; error: string | null; at: number },
): Promise<void> {
  await connection.run(eventStatements.move, { id: delivery.id, state, error, since: at })
  await count(connection, delivery, -1)
  await count(connection, { ...delivery, state }, 1)
}

async function remove(connection: Connection, delivery: Place): Promise<void> {
  await connection.run(eventStatements.delete, { id: delivery.id })
  await count(connection, delivery, -1)
}

async function count(connection: Connection, { endpoint, state }: Omit<Place, "id">, added: number): Promise<void> {
  const change = state === "waiting" ? { waiting: added, dead: 0 } : { waiting: 0, dead: added }
  await connection.run(eventStatements.count, { endpoint, ...change })
}

interface Row extends Omit<DeliveryRecord, "event" | "error"> {
  event: string
  error: string | null
}

function toRecord({ event, error, ...row }: Row): DeliveryRecord {
  return { ...row, event: JSON.parse(event) as RegistryEvent, error: error ?? undefined }
}
