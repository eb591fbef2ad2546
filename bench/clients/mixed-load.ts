import { findPercentile } from "../statistics.ts"
import { type Connection, openConnection } from "./connection.ts"
import { type Image, createImage, pullImage, pushImage } from "./image.ts"

export interface MixedLoad {
  port: number
  seconds: number
  /** Of all clients; without one, as many as there is time for. */
  pullsPerSecond?: number
  pushesPerSecond?: number
  /** An image that is there. */
  pick: () => Image
}

export interface Latencies {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

const CLIENTS = 4
const REPOSITORY = "bench/pushed"

/** Pulls and pushes small whole images at the same time, each client one after the other. */
export async function runMixedLoad(load: MixedLoad): Promise<{ pull: Latencies; push: Latencies }> {
  const { port, seconds, pick } = load
  let pushed = 0
  const [pull, push] = await Promise.all([
    runClients({ port, seconds, perSecond: load.pullsPerSecond }, (connection) => pullImage(connection, pick())),
    runClients({ port, seconds, perSecond: load.pushesPerSecond }, (connection) =>
      pushImage(connection, createImage(REPOSITORY, `p${pushed++ % 1000}`, [4096])),
    ),
  ])
  return { pull, push }
}

interface Clients {
  port: number
  seconds: number
  perSecond: number | undefined
}

async function runClients(
  { port, seconds, perSecond }: Clients,
  act: (connection: Connection) => Promise<void>,
): Promise<Latencies> {
  const latenciesMs: number[] = []
  const beganAt = performance.now()
  const deadline = beganAt + seconds * 1000
  const stepMs = perSecond === undefined ? 0 : (CLIENTS * 1000) / perSecond
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, at) => {
      const connection = await openConnection(port)
      let due = performance.now() + (stepMs * at) / CLIENTS
      try {
        while (performance.now() < deadline) {
          const waitMs = due - performance.now()
          if (waitMs > 0) await Bun.sleep(waitMs)
          const startedAt = performance.now()
          await act(connection)
          latenciesMs.push(performance.now() - startedAt)
          // Who is late does not hurry to catch up.
          due = Math.max(due + stepMs, performance.now())
        }
      } finally {
        connection.close()
      }
    }),
  )
  return {
    perSecond: (latenciesMs.length * 1000) / (performance.now() - beganAt),
    p50Ms: findPercentile(latenciesMs, 50),
    p99Ms: findPercentile(latenciesMs, 99),
  }
}
