import type { Metrics } from "../ports/metrics.ts"
import type { GcBacklog } from "../ports/metadata/gc.ts"
import type { Gc } from "../services/gc.ts"
import type { GcCounts } from "../services/gc-counts.ts"

/** Offers what garbage collection has done, and what waits for it. */
export function offerGcCounts(metrics: Metrics, gc: Pick<Gc, "counts" | "countBacklog">): void {
  const runs = {
    name: "berth_gc_runs_total",
    help: "Runs of garbage collection, by how they ended.",
    labels: ["result"],
  }
  metrics.createReadings("counter", runs, () =>
    Object.entries(gc.counts().runs).map(([result, value]) => ({ labels: [result], value })),
  )
  const counted = (what: Exclude<keyof GcCounts, "runs">, name: string, help: string) =>
    metrics.createReadings("counter", { name: `berth_gc_${name}_total`, help }, () => [{ value: gc.counts()[what] }])
  counted("untagged", "untagged_manifests", "Untagged manifests that were set aside, for the grace period.")
  counted("manifests", "removed_manifests", "Deleted manifests that went for good.")
  counted("condemned", "condemned_blobs", "Blobs that were found to be garbage.")
  counted("removed", "removed_objects", "Objects that were removed from storage.")
  counted("removedBytes", "removed_bytes", "Bytes of these.")
  counted("orphans", "orphans", "Objects among these that nothing ever named.")
  counted("failures", "failed_removals", "Times that an object could not be removed from storage.")
  metrics.createReadings(
    "gauge",
    {
      name: "berth_gc_last_success_timestamp_seconds",
      help: "When the last run came to its end; 0 when none has since the start.",
    },
    () => [{ value: gc.counts().succeededAt / 1000 }],
  )
  const read = shareReading(() => gc.countBacklog())
  const waiting = (what: "due" | "condemned" | "condemnedBytes" | "deleting", name: string, help: string) =>
    metrics.createReadings("gauge", { name: `berth_gc_${name}`, help }, async () => [{ value: (await read())[what] }])
  waiting("due", "due", "What is to be looked at now.")
  waiting("condemned", "waiting_blobs", "Garbage that waits for the end of gc.sweepdelay.")
  waiting("condemnedBytes", "waiting_bytes", "Bytes of these.")
  waiting("deleting", "deleting_blobs", "Blobs that are given up and perhaps still stored.")
}

/** All that are asked for in one scrape read once: counting a long queue takes some milliseconds. */
function shareReading(read: () => Promise<GcBacklog>): () => Promise<GcBacklog> {
  let reading: Promise<GcBacklog> | undefined
  return () => (reading ??= read().finally(() => (reading = undefined)))
}
