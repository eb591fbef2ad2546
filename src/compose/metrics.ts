import { measureBlobStore } from "../adapters/blob-store/measured.ts"
import type { Config } from "../config/config.ts"
import type { Listener } from "../http/listener.ts"
import type { WriteCounts } from "../ports/metadata/metadata.ts"
import type { Metrics } from "../ports/metrics.ts"
import { offerEventCounts } from "./event-metrics.ts"
import { offerGcCounts } from "./gc-metrics.ts"
import type { ScrubCounts } from "../services/scrub.ts"
import type { Services } from "./services.ts"
import type { Storage } from "./storage.ts"

/** Gives metrics where somebody may read them; nothing is counted and no library loaded where nobody does. */
export async function openMetrics({ http }: Config, version: string): Promise<Metrics | undefined> {
  if (http.debug?.metricsPath === undefined) return undefined
  const [{ createPrometheusMetrics }, { createProcessMetrics }] = await Promise.all([
    import("../adapters/metrics/prometheus.ts"),
    import("../adapters/metrics/process.ts"),
  ])
  const metrics = createPrometheusMetrics()
  createProcessMetrics(metrics)
  const build = { name: "berth_build_info", help: "The version that runs; always 1.", labels: ["version"] }
  metrics.createGauge(build)(version)(1)
  return metrics
}

/** Offers what the registry's parts count themselves. */
export function offerCounts(metrics: Metrics, storage: Storage, services: Services): void {
  const { metadata } = storage
  const { manifests } = services
  offerEventCounts(metrics, storage, services)
  offerGcCounts(metrics, services.gc)
  const caches = { help: "The number of cache request received", labels: ["type"] }
  metrics.createReadings("counter", { name: "registry_storage_cache_total", ...caches }, () => {
    const { requests, hits } = manifests.countCacheUse()
    return [
      { labels: ["Request"], value: requests },
      { labels: ["Hit"], value: hits },
      { labels: ["Error"], value: 0 },
    ]
  })
  const cache = (what: "requests" | "hits") =>
    metrics.createReadings(
      "counter",
      { name: `registry_storage_cache_${what}_total`, help: `The number of cache ${what}` },
      () => [{ value: manifests.countCacheUse()[what] }],
    )
  cache("requests")
  cache("hits")
  metrics.createReadings(
    "gauge",
    { name: "berth_manifest_cache_bytes", help: "Memory that manifests take which are kept to answer with." },
    () => [{ value: manifests.countCacheUse().sizeBytes }],
  )
  metrics.createReadings(
    "gauge",
    { name: "berth_uploads_open", help: "Uploads that were begun and are neither complete nor cancelled." },
    async () => [{ value: await metadata.uploads.count() }],
  )
  const links = (what: "done" | "total", help: string, read: () => number) =>
    metrics.createReadings("gauge", { name: `berth_adoption_links_${what}`, help }, () => [{ value: read() }])
  const { adoption } = services
  links("done", "Links of docker-registry that the last run has taken over.", () => adoption.state().progress.links)
  links("total", "Links that it has to take over, once they are counted.", () => {
    const { total, progress } = adoption.state()
    return (total ?? progress).links
  })
  const { scrub } = services
  const scrubbed = (what: keyof ScrubCounts, help: string) =>
    metrics.createReadings("counter", { name: `berth_scrub_${what}_total`, help }, () => [
      { value: scrub.counts()[what] },
    ])
  scrubbed("objects", "Blobs and manifests that were compared with their digests.")
  scrubbed("bytes", "Bytes of these.")
  scrubbed("damaged", "Those of these that were damaged.")
  metrics.createReadings(
    "gauge",
    { name: "berth_scrub_open_damage", help: "Stored objects that are damaged, needed, and not repaired yet." },
    async () => [{ value: await scrub.countDamage() }],
  )
  const writes = (type: "counter" | "gauge", what: keyof WriteCounts, family: { name: string; help: string }) =>
    metrics.createReadings(type, family, () => [{ value: metadata.countWrites()[what] }])
  writes("gauge", "waiting", {
    name: "berth_writes_waiting",
    help: "Writes of metadata that are not committed yet.",
  })
  writes("counter", "total", { name: "berth_writes_total", help: "Writes of metadata that were taken on." })
  writes("counter", "commits", {
    name: "berth_commits_total",
    help: "Commits of metadata; several writes share one.",
  })
  writes("counter", "commitSeconds", {
    name: "berth_commit_seconds_total",
    help: "Time that commits of metadata took, with their sync.",
  })
  writes("counter", "checkpoints", {
    name: "berth_checkpoints_total",
    help: "How often the log of commits was written back into the database.",
  })
  writes("counter", "failedCheckpoints", {
    name: "berth_checkpoints_failed_total",
    help: "Those of these that failed. Nothing is lost by it, but the log grows until one succeeds.",
  })
}

/** Offers what the listener counts itself. */
export function offerRequestCount(metrics: Metrics, listener: Pick<Listener, "countRequests">): void {
  metrics.createReadings(
    "gauge",
    { name: "berth_requests_open", help: "Requests whose answer has not been sent to its end." },
    () => [{ value: listener.countRequests() }],
  )
}

/** The same storage, with the time measured that its calls take. */
export function measureStorage(storage: Storage, { storage: { kind } }: Config, metrics: Metrics): Storage {
  return { ...storage, store: measureBlobStore(storage.store, kind, metrics) }
}
