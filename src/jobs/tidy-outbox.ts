import type { Deliveries } from "../services/deliveries.ts"
import type { Job } from "./schedule.ts"

/** Gives up events that are too old, and forgets old dead letters (`events.maxage`, `events.keepdead`). */
export function createTidyOutboxJob(deliveries: Deliveries): Job {
  return { name: "tidy-outbox", everySeconds: 60, run: () => deliveries.tidy() }
}
