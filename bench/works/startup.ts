import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Work, attempt, listRegistries, recordAll } from "../bench.ts"
import { OURS } from "../comparison.ts"
import type { Metric } from "../results.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import { startServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"
import type { Sizes } from "../sizes.ts"
import type { Filling } from "./filling.ts"

interface Start {
  work: string
  /** The metric of the memory after the last start. */
  memory: string
  isLast: boolean
  root?: string
}

/** Starts each server again and again on an empty store, and looks at its memory when idle. */
export function createStartup(sizes: Sizes): Work {
  const [work, memory] = ["startup-empty", "idle-memory-empty"] as const
  const run = async (bench: Bench) => {
    for (let index = 0; index < sizes.starts; index++) {
      const start = { work, memory, isLast: index === sizes.starts - 1 }
      for (const server of listRegistries(bench)) await measureStart(bench, server, start)
    }
  }
  return { name: work, metrics: createMetrics(work, memory, "empty store"), run }
}

/** The same for Berth on a store with many tags. */
export function createFilledStartup(sizes: Sizes, filling: Filling): Work {
  const [work, memory] = ["startup-filled", "idle-memory-filled"] as const
  const run = async (bench: Bench) => {
    const server = bench.servers.find(({ name }) => name === OURS)
    if (server === undefined) return
    await attempt(bench, work, server, async () => {
      const { root } = await filling(bench, server, "tags")
      for (let index = 0; index < sizes.starts; index++) {
        await measureStart(bench, server, { work, memory, isLast: index === sizes.starts - 1, root })
      }
    })
  }
  return { name: work, metrics: createMetrics(work, memory, `${sizes.tags / 1000}k tags`), run }
}

function createMetrics(start: string, memory: string, store: string): Metric[] {
  return [
    { name: start, label: `start, ${store}`, unit: "ms", isLowerBetter: true },
    { name: memory, label: `idle memory, ${store}`, unit: "MiB", isLowerBetter: true },
  ]
}

async function measureStart(bench: Bench, server: Server, { work, memory, isLast, root }: Start): Promise<void> {
  const directory = join(bench.scratch, `${work}-${server.name}`)
  await attempt(bench, work, server, async () => {
    mkdirSync(directory, { recursive: true })
    const running = await startServer(server, { directory, ...(root !== undefined && { root }) })
    try {
      recordAll(bench, server, { [work]: running.startedInMs })
      if (!isLast) return
      await Bun.sleep(bench.sizes.idleSeconds * 1000)
      recordAll(bench, server, { [memory]: readMemoryMiB(running.pid, "VmRSS") })
    } finally {
      await running.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  })
}
