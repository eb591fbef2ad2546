import type { RegistryEvent } from "../../domain/event.ts"
import type { Page } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

/** An event, and the endpoints that are to be told of it. Plain data: it crosses threads. */
export interface EventDraft {
  event: RegistryEvent
  endpoints: string[]
}

/** Goes with the write of a change, and is stored with it or not at all. */
export interface EventAppend {
  drafts: EventDraft[]
  /** Deliveries that may wait for one endpoint, and dead letters that are kept of one: the limit is for each. */
  maxWaiting: number
}

/**
 * Is told of each manifest that a write brings back: only the write knows which they are. Filled in are the target's digest,
 * size, media type and tag, and an identifier of each event's own.
 */
export interface PushTelling {
  event: RegistryEvent
  endpoints: { name: string; ignoredMediaTypes: readonly string[] }[]
  maxWaiting: number
}

/** Who deletes something, and what is to be told of it where there is something to delete. */
export interface Deletion {
  actor: string
  events?: EventAppend
}

/** `waiting`: to be delivered; `dead`: given up, until somebody replays it. */
export type DeliveryState = "waiting" | "dead"

/** One event on its way to one endpoint. */
export interface DeliveryRecord {
  /** Grows in the order of the changes. */
  id: number
  endpoint: string
  repository: RepositoryName
  state: DeliveryState
  event: RegistryEvent
  attempts: number
  /** Why the last attempt failed, or why it was given up. */
  error: string | undefined
  /** When it came into its state, epoch ms. */
  since: number
}

/** What is kept for one endpoint. */
export interface OutboxCount {
  endpoint: string
  waiting: number
  dead: number
}

export interface DeliveryQuery {
  endpoint: string
  state: DeliveryState
  limit: number
  /** The last one of the page before. */
  after?: { since: number; id: number }
}

/** Which dead letters wait again: those of the endpoint, or the one of them that has the id. */
export interface Replay {
  endpoint: string
  id?: number
  limit: number
}

/** The outbox: what happened and has yet to be told. */
export interface EventRecords {
  /** For events that belong to no change. An endpoint's event that finds no room is dead at once, the oldest dead letter makes room. */
  append(events: EventAppend): Promise<void>
  /** Called after each write that has put events into the outbox, or lets them wait again. */
  watch(listener: () => void): void
  /** The first repository after `after`, in byte order, for which something waits. */
  findLane(endpoint: string, after: string): Promise<RepositoryName | undefined>
  /** What waits of one repository, in the order of the changes. */
  listLane(lane: { endpoint: string; repository: RepositoryName; limit: number }): Promise<DeliveryRecord[]>
  markDelivered(id: number): Promise<void>
  markFailed(id: number, error: string): Promise<void>
  markDead(id: number, error: string): Promise<void>
  /** Gives how many wait again. */
  replay(replay: Replay): Promise<number>
  /** Gives up what has waited since before `before` (epoch ms), at most `limit`; gives how many. */
  expire(expiry: { endpoint: string; before: number; error: string; limit: number }): Promise<number>
  /** Forgets dead letters of before `before` (epoch ms), at most `limit`; gives how many. */
  forget(expiry: { endpoint: string; before: number; limit: number }): Promise<number>
  find(id: number): Promise<DeliveryRecord | undefined>
  /** The oldest first. */
  list(query: DeliveryQuery): Promise<Page<DeliveryRecord>>
  /** Of every endpoint that was ever told anything. */
  listCounts(): Promise<OutboxCount[]>
}
