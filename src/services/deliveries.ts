import { listEventReferences } from "../domain/event-references.ts"
import type { RegistryEvent } from "../domain/event.ts"
import { RegistryError } from "../domain/errors.ts"
import type { Page } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { EventSink, SendResult } from "../ports/event-sink.ts"
import type { Logger } from "../ports/logger.ts"
import type { DeliveryRecord, DeliveryState, EventRecords, OutboxCount } from "../ports/metadata/events.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { EventMeter } from "./event-meter.ts"
import { fp } from "../failpoint.ts"

/** An endpoint, with what it takes to reach it. */
export interface Recipient {
  name: string
  sink: EventSink
  /** Failures in a row after which it is left alone for `backoffSeconds`. */
  threshold: number
  backoffSeconds: number
}

export interface Lane {
  endpoint: string
  repository: RepositoryName
}

/** `failed`: the lane's first event was not taken, and waits as before. */
export type LaneResult = { kind: "delivered" } | { kind: "failed"; reason: string }

/** Delivers what waits in the outbox. */
export interface Deliveries {
  listRecipients(): readonly Recipient[]
  /** Called when there is something new to deliver. */
  watch(listener: () => void): void
  /** The next repository after `after`, in byte order, that an endpoint is to be told of. */
  findLane(endpoint: string, after: string): Promise<RepositoryName | undefined>
  /** Sends some events of one repository, strictly in order; ends at the first that is not taken, and when aborted. */
  deliver(lane: Lane, signal: AbortSignal): Promise<LaneResult>
  /** Gives up what is too old or for an endpoint that is no longer configured, and forgets old dead letters. */
  tidy(): Promise<void>
  /** What is kept, endpoint by endpoint, the oldest first. Throws ENDPOINT_UNKNOWN. */
  list(query: OutboxQuery): Promise<Page<DeliveryRecord>>
  /** Of every endpoint that was ever told anything, by name. */
  listCounts(): Promise<OutboxCount[]>
  /** Lets dead letters of one endpoint wait again, as many as there is room for. Throws ENDPOINT_UNKNOWN. */
  replay(endpoint: string): Promise<number>
  /** Lets one dead letter wait again. Throws EVENT_UNKNOWN or ENDPOINT_UNKNOWN. */
  replayOne(id: number): Promise<void>
}

export interface OutboxQuery {
  state: DeliveryState
  /** Without it, every endpoint's. */
  endpoint?: string
  limit: number
  /** The last one of the page before. */
  after?: { endpoint: string; since: number; id: number }
}

interface Dependencies {
  events: EventRecords
  manifests: ManifestRecords
  clock: Clock
  log: Logger
  meter: EventMeter
  rules: DeliveryRules
}

/** Looked at whenever they are needed: what is changed here counts at once. */
export interface DeliveryRules {
  recipients: readonly Recipient[]
  outbox: { maxWaiting: number; maxAgeSeconds: number; keepDeadSeconds: number }
}

/** Before others get their turn. */
const EVENTS_IN_A_ROW = 8
const TIDY_STEP = 500
const TOO_OLD = "not delivered in time (events.maxage)"
const REMOVED = "the endpoint is no longer configured"

export function createDeliveries(dependencies: Dependencies): Deliveries {
  const { events, manifests, clock, log, meter, rules } = dependencies
  const find = (endpoint: string) => rules.recipients.find(({ name }) => name === endpoint)

  /** A pull's event names what its manifest does, unless that is gone by now. */
  async function complete({ target, ...event }: RegistryEvent): Promise<RegistryEvent> {
    const { references, ...rest } = target
    if (references !== "stored") return { ...event, target }
    const bytes = target.digest && (await manifests.findBytes(target.digest))
    return { ...event, target: bytes ? { ...rest, references: listEventReferences(bytes) } : rest }
  }

  function count(endpoint: string, result: SendResult): void {
    if (result.kind === "failed") return meter.count(endpoint, "errors")
    meter.countStatus(endpoint, result.status)
    meter.count(endpoint, result.kind === "delivered" ? "successes" : "failures")
  }

  async function send({ id, endpoint, event }: DeliveryRecord, signal: AbortSignal): Promise<LaneResult> {
    const recipient = find(endpoint)
    if (recipient === undefined) return { kind: "failed", reason: REMOVED }
    fp("event.begun")
    const result = await recipient.sink.send(await complete(event), signal)
    // Ended by us: it is sent again after the next start, and was no attempt.
    if (result.kind === "failed" && signal.aborted) return { kind: "failed", reason: "the server is stopping" }
    count(endpoint, result)
    fp("event.sent")
    if (result.kind === "delivered") {
      await events.markDelivered(id)
      fp("event.settled")
      return { kind: "delivered" }
    }
    const reason = result.kind === "refused" ? `answered ${result.status}` : result.reason
    await events.markFailed(id, reason)
    return { kind: "failed", reason }
  }

  async function giveUp(endpoint: string, before: number, error: string): Promise<number> {
    const total = await repeat(() => events.expire({ endpoint, before, error, limit: TIDY_STEP }))
    for (let each = 0; each < total; each++) meter.count(endpoint, "dead")
    return total
  }

  function checkEndpoint(name: string): void {
    if (find(name) !== undefined) return
    throw new RegistryError("ENDPOINT_UNKNOWN", `notifications.endpoints has no endpoint ${name.slice(0, 200)}`)
  }

  async function findRoom(endpoint: string): Promise<number> {
    const count = (await events.listCounts()).find((each) => each.endpoint === endpoint)
    return count === undefined ? 0 : Math.min(count.dead, Math.max(0, rules.outbox.maxWaiting - count.waiting))
  }

  return {
    listRecipients: () => rules.recipients,
    watch: (listener) => events.watch(listener),
    findLane: (endpoint, after) => events.findLane(endpoint, after),
    deliver: async (lane, signal) => {
      for (const delivery of await events.listLane({ ...lane, limit: EVENTS_IN_A_ROW })) {
        if (signal.aborted || find(lane.endpoint) === undefined) break
        const result = await send(delivery, signal)
        if (result.kind === "failed") return result
      }
      return { kind: "delivered" }
    },
    list: async ({ state, endpoint, limit, after }) => {
      const items: DeliveryRecord[] = []
      const counts = await events.listCounts()
      // One that was removed from the configuration may have left dead letters.
      if (endpoint !== undefined && !counts.some((each) => each.endpoint === endpoint)) checkEndpoint(endpoint)
      for (const { endpoint: each } of counts) {
        if ((endpoint ?? each) !== each || (after !== undefined && each < after.endpoint)) continue
        const from = after?.endpoint === each ? { after } : {}
        const page = await events.list({ endpoint: each, state, limit: limit - items.length, ...from })
        items.push(...page.items)
        if (page.hasMore) return { items, hasMore: true }
      }
      return { items, hasMore: false }
    },
    listCounts: () => events.listCounts(),
    replay: async (endpoint) => {
      checkEndpoint(endpoint)
      const room = await findRoom(endpoint)
      let replayed = 0
      while (replayed < room) {
        const limit = Math.min(TIDY_STEP, room - replayed)
        const done = await events.replay({ endpoint, limit })
        replayed += done
        if (done < limit) break
      }
      return replayed
    },
    replayOne: async (id) => {
      const delivery = await events.find(id)
      if (delivery?.state !== "dead") throw new RegistryError("EVENT_UNKNOWN", `there is no dead letter ${id}`)
      checkEndpoint(delivery.endpoint)
      await events.replay({ endpoint: delivery.endpoint, id, limit: 1 })
    },
    tidy: async () => {
      const now = clock.now()
      const { outbox } = rules
      for (const { endpoint } of await events.listCounts()) {
        if (find(endpoint) !== undefined) {
          const old = await giveUp(endpoint, now - outbox.maxAgeSeconds * 1000, TOO_OLD)
          if (old > 0)
            log.warn("events were not delivered in time: `berth events replay` sends them again", { endpoint, old })
        } else {
          const left = await giveUp(endpoint, now + 1, REMOVED)
          if (left > 0) log.warn("events wait for an endpoint that is no longer configured", { endpoint, left })
        }
        const before = now - outbox.keepDeadSeconds * 1000
        await repeat(() => events.forget({ endpoint, before, limit: TIDY_STEP }))
      }
    },
  }
}

/** Until there is nothing left to do; gives how much was done. Each step is a write of its own, so that others get in between. */
async function repeat(step: () => Promise<number>): Promise<number> {
  let total = 0
  for (;;) {
    const done = await step()
    total += done
    if (done < TIDY_STEP) return total
  }
}
