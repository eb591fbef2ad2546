import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { slopePerHour } from "./slope.ts"

/** What the server was like at one moment. */
export interface Sample {
  /** Since the run began. */
  seconds: number
  pid: number
  rssMiB: number
  /** Of that, the manifests that are kept to answer with. */
  cacheMiB: number
  fds: number
  threads: number
  /** Since the sample before. */
  loopDelayP99Ms: number
  loopDelayMaxMs: number
  /** The files of blobs, those of open uploads, the database. */
  blobsMiB: number
  uploadsMiB: number
  databaseMiB: number
}

export interface Growth {
  /** Of one life of the server, without its beginning. */
  hours: number
  /**
   * Without what the cache of manifests ever took in this life: its limit is its own, and at the pace of a soak it takes
   * longer than a life to fill. What it gives back stays with the process.
   */
  rssMiBPerHour: number
  fdsPerHour: number
}

const MIB = 2 ** 20
const MOST_RSS_MIB = 256
// Its limit, and the largest manifest.
const MOST_CACHE_MIB = 16 + 4

export async function takeSample(server: {
  pid: number
  root: string
  metricsUrl: string
}): Promise<Omit<Sample, "seconds">> {
  const { pid, root } = server
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const field = (name: string) => {
    const value = Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1])
    if (Number.isNaN(value)) throw new Error(`process ${pid} has no ${name}`)
    return value
  }
  const metrics = await (await fetch(server.metricsUrl, { signal: AbortSignal.timeout(30_000) })).text()
  const metric = (pattern: string) => {
    const value = Number(new RegExp(`^${pattern} (\\S+)`, "m").exec(metrics)?.[1])
    if (Number.isNaN(value)) throw new Error(`the server has no metric ${pattern}`)
    return value
  }
  const delay = (quantile: string) => metric(`berth_event_loop_delay_seconds\\{quantile="${quantile}"\\}`)
  return {
    pid,
    rssMiB: field("VmRSS") / 1024,
    cacheMiB: metric("berth_manifest_cache_bytes") / MIB,
    fds: readdirSync(`/proc/${pid}/fd`).length,
    threads: field("Threads"),
    loopDelayP99Ms: delay("0.99") * 1000,
    loopDelayMaxMs: delay("1") * 1000,
    blobsMiB: sizeOf(join(root, "docker")) / MIB,
    uploadsMiB: sizeOf(join(root, "berth", "uploads")) / MIB,
    databaseMiB: sizeOf(join(root, "berth"), (name) => name.startsWith("metadata.db")) / MIB,
  }
}

export function appendSample(path: string, sample: Sample): void {
  appendFileSync(
    path,
    `${JSON.stringify(sample, (_, value: unknown) => (typeof value === "number" ? round(value) : value))}\n`,
  )
}

/** Why the server may be using more than it should, whatever the length of the run. */
export function judgeMost(samples: readonly Pick<Sample, "rssMiB" | "cacheMiB">[]): string[] {
  const most = (value: (sample: Pick<Sample, "rssMiB" | "cacheMiB">) => number) => Math.max(0, ...samples.map(value))
  const [rssMiB, cacheMiB] = [most((sample) => sample.rssMiB), most((sample) => sample.cacheMiB)]
  return [
    ...(rssMiB > MOST_RSS_MIB ? [`the server took ${rssMiB.toFixed(0)} MiB of memory`] : []),
    ...(cacheMiB > MOST_CACHE_MIB ? [`the cache of manifests took ${cacheMiB.toFixed(1)} MiB`] : []),
  ]
}

/** Of the longest life; its first third, in which caches fill, does not count. */
export function measureGrowth(samples: readonly Sample[]): Growth {
  const lives = [...Map.groupBy(samples, ({ pid }) => pid).values()]
  const longest = lives.toSorted((one, other) => other.length - one.length)[0] ?? []
  let mostCacheMiB = 0
  const withoutCache = longest.map((sample) => {
    mostCacheMiB = Math.max(mostCacheMiB, sample.cacheMiB)
    return { ...sample, rssMiB: sample.rssMiB - mostCacheMiB }
  })
  const settled = withoutCache.slice(Math.floor(longest.length / 3))
  const points = (value: (sample: Sample) => number) =>
    settled.map((sample) => ({ hours: sample.seconds / 3600, value: value(sample) }))
  return {
    hours: ((settled.at(-1)?.seconds ?? 0) - (settled[0]?.seconds ?? 0)) / 3600,
    rssMiBPerHour: slopePerHour(points(({ rssMiB }) => rssMiB)),
    fdsPerHour: slopePerHour(points(({ fds }) => fds)),
  }
}

/** The bytes of all files below the path; those that go away meanwhile do not count. */
function sizeOf(path: string, isCounted: (name: string) => boolean = () => true): number {
  let sum = 0
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    const found = isCounted(name) ? statSync(join(path, name), { throwIfNoEntry: false }) : undefined
    if (found?.isFile()) sum += found.size
  }
  return sum
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
