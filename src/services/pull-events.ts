import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { EventDraft, EventRecords } from "../ports/metadata/events.ts"
import type { EventMeter } from "./event-meter.ts"

/** The events of pulls on their way to the outbox. */
export interface PullEvents {
  add(draft: EventDraft | undefined): void
  /** Resolves when all that was added is written, or lost. */
  flush(): Promise<void>
}

interface Dependencies {
  events: EventRecords
  clock: Clock
  log: Logger
  rules: { readonly maxWaiting: number }
  meter: EventMeter
}

const MAX_IN_MEMORY = 10_000
const MAX_BATCH = 256
const LOGGED_ONCE_IN_MS = 60_000

/**
 * A pull changes nothing that its event could share a transaction with: the event is written after the answer, together
 * with those of all pulls meanwhile. What the database cannot keep up with is lost, and counted.
 */
export function createPullEvents({ events, clock, log, rules, meter }: Dependencies): PullEvents {
  let waiting: EventDraft[] = []
  let writing: Promise<void> | undefined
  let lost = 0
  let loggedAt = -LOGGED_ONCE_IN_MS

  async function write(): Promise<void> {
    // The request that brought the first one is answered before.
    await Promise.resolve()
    while (waiting.length > 0) {
      const drafts = waiting.splice(0, MAX_BATCH)
      await events.append({ drafts, maxWaiting: rules.maxWaiting }).catch((error: unknown) => {
        for (const draft of drafts) lose(draft)
        report(error)
      })
      if (lost > 0) report("the database does not keep up")
    }
    writing = undefined
  }

  function lose({ endpoints }: EventDraft): void {
    lost++
    for (const endpoint of endpoints) meter.count(endpoint, "lost")
  }

  function report(reason: unknown): void {
    if (clock.now() - loggedAt < LOGGED_ONCE_IN_MS) return
    log.warn("events of pulls were lost", { count: lost, reason })
    loggedAt = clock.now()
    lost = 0
  }

  return {
    add: (draft) => {
      if (draft === undefined) return
      if (waiting.length >= MAX_IN_MEMORY) lose(draft)
      else waiting.push(draft)
      writing ??= write()
    },
    flush: async () => {
      await writing
    },
  }
}
