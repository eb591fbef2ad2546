import type { Metric } from "../results.ts"
import type { Sizes } from "../sizes.ts"

export const NAME = "gc"

export function listGcMetrics(sizes: Sizes): Metric[] {
  const blobs = `${(sizes.gcBlobs / 1000).toLocaleString("en-US")}k blobs`
  const peer = `docker-registry: stopped, ${sizes.gcPeerBlobs / 1000}k`
  const latency = (what: "pull" | "push", percent: 50 | 99) =>
    (["on", "off"] as const).map((state) => ({
      name: `${NAME}-${what}-p${percent}-${state}`,
      label: `${what} of a small image, ${blobs}, collection ${state}, p${percent}`,
      unit: "ms",
      isLowerBetter: true,
      isDetail: true,
    }))
  const ratio = (what: "pull" | "push") => ({
    name: `${NAME}-${what}-p99`,
    label: `${what} of a small image, p99 with collection ÷ without, median of pairs`,
    unit: "×",
    isLowerBetter: true,
  })
  return [
    ratio("pull"),
    ratio("push"),
    ...latency("pull", 50),
    ...latency("pull", 99),
    ...latency("push", 50),
    ...latency("push", 99),
    { name: `${NAME}-loop`, label: "event loop late, under load and collection, p99", unit: "ms", isLowerBetter: true },
    { name: `${NAME}-rate-loaded`, label: "collected under load", unit: "blobs/s", isLowerBetter: false },
    { name: `${NAME}-rate`, label: `collected, nothing else to do (${peer})`, unit: "blobs/s", isLowerBetter: false },
    { name: `${NAME}-memory`, label: "memory meanwhile, at most", unit: "MiB", isLowerBetter: true },
    {
      name: `${NAME}-memory-growth`,
      label: "memory, at the end − after a quarter of it",
      unit: "MiB",
      isLowerBetter: true,
      isDetail: true,
    },
    {
      name: `${NAME}-stolen`,
      label: "processor time that the host took meanwhile",
      unit: "%",
      isLowerBetter: true,
      isDetail: true,
    },
    {
      name: `${NAME}-repeated`,
      label: "windows that were measured once more for it",
      unit: "",
      isLowerBetter: true,
      isDetail: true,
    },
    { name: `${NAME}-restart`, label: `start after kill -9, ${blobs}`, unit: "ms", isLowerBetter: true },
  ]
}
