import { STATUS_CODES } from "node:http"
import type { Metrics } from "../ports/metrics.ts"
import type { Services } from "./services.ts"
import type { Storage } from "./storage.ts"

/** Offers what is counted of notifications. */
export function offerEventCounts(metrics: Metrics, { metadata }: Storage, { meter }: Services): void {
  const endpoints = () => [...meter.read()]
  const total = {
    name: "registry_notifications_events_total",
    help: "The number of total events",
    labels: ["type", "endpoint"],
  }
  metrics.createReadings("counter", total, () =>
    endpoints().flatMap(([endpoint, counts]) => [
      { labels: ["Events", endpoint], value: counts.events },
      { labels: ["Successes", endpoint], value: counts.successes },
      { labels: ["Failures", endpoint], value: counts.failures },
      { labels: ["Errors", endpoint], value: counts.errors },
      { labels: ["Lost", endpoint], value: counts.lost },
      { labels: ["Dead", endpoint], value: counts.dead },
    ]),
  )
  const status = {
    name: "registry_notifications_status_total",
    help: "The number of status code",
    labels: ["code", "endpoint"],
  }
  metrics.createReadings("counter", status, () =>
    endpoints().flatMap(([endpoint, { statuses }]) =>
      [...statuses].map(([code, value]) => ({
        labels: [`${code} ${STATUS_CODES[code] ?? ""}`.trim(), endpoint],
        value,
      })),
    ),
  )
  const pending = { help: "The gauge of pending events in queue", labels: ["endpoint"] }
  metrics.createReadings("gauge", { name: "registry_notifications_pending_total", ...pending }, async () =>
    (await metadata.events.listCounts()).map(({ endpoint, waiting }) => ({ labels: [endpoint], value: waiting })),
  )
  const dead = { help: "Events that were given up and can be replayed.", labels: ["endpoint"] }
  metrics.createReadings("gauge", { name: "berth_dead_letters", ...dead }, async () =>
    (await metadata.events.listCounts()).map(({ endpoint, dead: value }) => ({ labels: [endpoint], value })),
  )
}
