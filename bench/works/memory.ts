import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Work, attempt, listRegistries, recordAll, settle } from "../bench.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import { type RunningServer, startServer } from "../servers/running-server.ts"
import { type Sizes, formatMiB } from "../sizes.ts"
import { holdIdle, pushAtOnce, readSlowly } from "./memory-clients.ts"

/** Gives the works that look at the most memory a fresh server has held after many clients came at once; each once, whatever the rounds. */
export function createMemory(sizes: Sizes): Work[] {
  const { connections, memoryPushes } = sizes
  const blob = formatMiB(sizes.memoryPushBytes)
  return [
    createPeak("memory-idle", `${connections} idle connections`, (port) => holdIdle(port, sizes)),
    createPeak("memory-slow", `${connections} slow readers of ${blob}`, (port, directory) =>
      readSlowly(port, directory, sizes),
    ),
    createPeak("memory-pushes", `${memoryPushes} pushes of ${blob} at once`, (port, directory) =>
      pushAtOnce(port, directory, sizes),
    ),
  ]
}

function createPeak(name: string, what: string, runClients: (port: number, directory: string) => Promise<void>): Work {
  const run = async (bench: Bench) => {
    for (const server of listRegistries(bench)) {
      const directory = join(bench.scratch, `${name}-${server.name}`)
      mkdirSync(directory, { recursive: true })
      await settle(bench)
      let running: RunningServer | undefined
      await attempt(bench, name, server, async () => {
        running = await startServer(server, { directory })
        await runClients(running.port, directory)
        recordAll(bench, server, { [name]: readMemoryMiB(running.pid, "VmHWM") })
      })
      await running?.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return { name, metrics: [{ name, label: `peak memory, ${what}`, unit: "MiB", isLowerBetter: true }], run }
}
