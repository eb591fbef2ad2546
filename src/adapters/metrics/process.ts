import { readdir, readFile } from "node:fs/promises"
import { monitorEventLoopDelay } from "node:perf_hooks"
import type { MetricDescription, Metrics } from "../../ports/metrics.ts"

/** Of Linux on every machine that it runs on today. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

interface Usage {
  cpuSeconds: number
  startedAt: number
  virtualBytes: number
  residentBytes: number
}

/** Numbers of this process, named as Prometheus' clients name them. Where there is no /proc they are left out. */
export function createProcessMetrics(metrics: Metrics): void {
  const read = (kind: "counter" | "gauge", description: MetricDescription, value: () => Promise<number>) =>
    metrics.createReadings(kind, description, async () => {
      try {
        return [{ value: await value() }]
      } catch {
        return []
      }
    })
  const usage = (pick: (usage: Usage) => number) => async () => pick(await readUsage())

  read(
    "counter",
    { name: "process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds." },
    usage(({ cpuSeconds }) => cpuSeconds),
  )
  read(
    "gauge",
    { name: "process_start_time_seconds", help: "Start time of the process since unix epoch in seconds." },
    usage(({ startedAt }) => startedAt),
  )
  read(
    "gauge",
    { name: "process_virtual_memory_bytes", help: "Virtual memory size in bytes." },
    usage(({ virtualBytes }) => virtualBytes),
  )
  read(
    "gauge",
    { name: "process_resident_memory_bytes", help: "Resident memory size in bytes." },
    usage(({ residentBytes }) => residentBytes),
  )
  read("gauge", { name: "process_open_fds", help: "Number of open file descriptors." }, countDescriptors)
  read("gauge", { name: "process_max_fds", help: "Maximum number of open file descriptors." }, readDescriptorLimit)
  createLoopDelay(metrics)
}

function createLoopDelay(metrics: Metrics): void {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const description = {
    name: "berth_event_loop_delay_seconds",
    help: "How late the event loop was since this was last read.",
    labels: ["quantile"],
  }
  metrics.createReadings("gauge", description, () => {
    const readings = [50, 99, 100].map((percent) => ({
      labels: [String(percent / 100)],
      value: delay.percentile(percent) / 1e9,
    }))
    delay.reset()
    return readings
  })
}

async function readUsage(): Promise<Usage> {
  const [stat, system] = await Promise.all([readFile("/proc/self/stat", "utf8"), readFile("/proc/stat", "utf8")])
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // proc_pid_stat(5) counts from 1, and these fields begin with the third.
  const field = (number: number) => Number(fields[number - 3])
  const bootedAt = Number(/^btime (\d+)$/m.exec(system)?.[1])
  return {
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
    startedAt: bootedAt + field(22) / TICKS_PER_SECOND,
    virtualBytes: field(23),
    residentBytes: field(24) * PAGE_BYTES,
  }
}

async function countDescriptors(): Promise<number> {
  return (await readdir("/proc/self/fd")).length
}

async function readDescriptorLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8")
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1])
}
