import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Bench } from "../bench.ts"
import { type Kind, pushMany } from "../clients/many.ts"
import { OURS } from "../comparison.ts"
import { startServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"

const OUR_LIMIT_SECONDS = 240

export interface Filled {
  root: string
  /** How many tags or repositories there are: a peer has fewer, as many as there was time for. */
  count: number
}

/** Gives the data directory of a server with many tags or repositories, filled at the first call. */
export type Filling = (bench: Bench, server: Server, kind: Kind) => Promise<Filled>

export function createFilling(): Filling {
  const done = new Map<string, Filled>()
  return async (bench, server, kind) => {
    const key = `${server.name} ${kind}`
    const filled = done.get(key) ?? (await fill(bench, server, kind))
    done.set(key, filled)
    return filled
  }
}

async function fill(bench: Bench, server: Server, kind: Kind): Promise<Filled> {
  const directory = join(bench.scratch, `filled-${server.name}`)
  mkdirSync(directory, { recursive: true })
  bench.progress(`filling ${server.name} with ${kind}`)
  const isOurs = server.name === OURS
  const limit = { count: bench.sizes[kind], seconds: isOurs ? OUR_LIMIT_SECONDS : bench.sizes.peerFillSeconds }
  const running = await startServer(server, { directory })
  const started = performance.now()
  try {
    const count = await pushMany(running.port, kind, limit)
    const perSecond = (count * 1000) / (performance.now() - started)
    bench.progress(`filled ${server.name} with ${count} ${kind}, ${perSecond.toFixed(0)} a second`)
    if (isOurs && count < limit.count) throw new Error(`only ${count} ${kind} in ${OUR_LIMIT_SECONDS} s`)
    return { root: running.root, count }
  } finally {
    await running.stop()
  }
}
