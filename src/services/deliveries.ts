import { listEventReferences } from "../domain/event-references.ts"
import type { RegistryEvent } from "../domain/event.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { EventSink, SendResult } from "../ports/event-sink.ts"
import type { Logger } from "../ports/logger.ts"
import type { DeliveryRecord, EventRecords } from "../ports/metadata/events.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { EventMeter } from "./event-meter.ts"

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
  recipients: readonly Recipient[]
  /** Called when there is something new to deliver. */
  watch(listener: () => void): void
  /** The next repository after `after`, in byte order, that an endpoint is to be told of. */
  findLane(endpoint: string, after: string): Promise<RepositoryName | undefined>
  /** Sends some events of one repository, strictly in order; ends at the first that is not taken, and when aborted. */
  deliver(lane: Lane, signal: AbortSignal): Promise<LaneResult>
  /** Gives up what is too old or for an endpoint that is no longer configured, and forgets old dead letters. */
  tidy(): Promise<void>
}

interface Dependencies {
  events: EventRecords
  manifests: ManifestRecords
  clock: Clock
  log: Logger
  meter: EventMeter
  recipients: readonly Recipient[]
  outbox: { maxAgeSeconds: number; keepDeadSeconds: number }
}

/** Before others get their turn. */
const EVENTS_IN_A_ROW = 8
const TIDY_STEP = 500
const TOO_OLD = "not delivered in time (notifications.outbox)"
const REMOVED = "the endpoint is no longer configured"

export function createDeliveries(dependencies: Dependencies): Deliveries {
  const { events, manifests, clock, log, meter, recipients, outbox } = dependencies
  const sinks = new Map(recipients.map(({ name, sink }) => [name, sink]))

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
    const sink = sinks.get(endpoint)
    if (sink === undefined) return { kind: "failed", reason: REMOVED }
    const result = await sink.send(await complete(event), signal)
    // Ended by us: it is sent again after the next start, and was no attempt.
    if (result.kind === "failed" && signal.aborted) return { kind: "failed", reason: "the server is stopping" }
    count(endpoint, result)
    if (result.kind === "delivered") {
      await events.markDelivered(id)
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

  return {
    recipients,
    watch: (listener) => events.watch(listener),
    findLane: (endpoint, after) => events.findLane(endpoint, after),
    deliver: async (lane, signal) => {
      for (const delivery of await events.listLane({ ...lane, limit: EVENTS_IN_A_ROW })) {
        if (signal.aborted) break
        const result = await send(delivery, signal)
        if (result.kind === "failed") return result
      }
      return { kind: "delivered" }
    },
    tidy: async () => {
      const now = clock.now()
      for (const { endpoint } of await events.listCounts()) {
        if (sinks.has(endpoint)) {
          const old = await giveUp(endpoint, now - outbox.maxAgeSeconds * 1000, TOO_OLD)
          if (old > 0) log.warn("events were not delivered in time: `berth events` replays them", { endpoint, old })
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
