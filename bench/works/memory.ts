import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Work, attempt, listRegistries, recordAll, settle } from "../bench.ts"
import { OURS } from "../comparison.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import { type RunningServer, startServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"
import { type Sizes, formatMiB } from "../sizes.ts"
import { holdIdle, pushAtOnce, readSlowly } from "./memory-clients.ts"

interface Peak {
  name: string
  what: string
  takesPart: (server: Server) => boolean
  runClients: (port: number, directory: string) => Promise<void>
}

/** Gives the works that look at the most memory a fresh server has held after many clients came at once; each once, whatever the rounds. */
export function createMemory(sizes: Sizes): Work[] {
  const { connections, memoryPushes } = sizes
  const blob = formatMiB(sizes.memoryPushBytes)
  return [
    createPeak({
      name: "memory-idle",
      what: `${connections} idle connections`,
      takesPart: () => true,
      runClients: (port) => holdIdle(port, sizes),
    }),
    createPeak({
      name: "memory-slow",
      what: `${connections} slow readers of ${blob}`,
      takesPart: () => true,
      runClients: (port, directory) => readSlowly(port, directory, sizes),
    }),
    createPeak({
      name: "memory-pushes",
      what: `${memoryPushes} pushes of ${blob} at once`,
      // 16 GiB a server, one or two minutes: no goal compares the other peers here.
      takesPart: ({ name }) => name === OURS || name === "docker-registry",
      runClients: (port, directory) => pushAtOnce(port, directory, sizes),
    }),
  ]
}

function createPeak({ name, what, takesPart, runClients }: Peak): Work {
  const run = async (bench: Bench) => {
    for (const server of listRegistries(bench).filter(takesPart)) {
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
