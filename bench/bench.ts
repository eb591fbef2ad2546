import { formatNumber } from "./comparison.ts"
import { type Metric, type Results, hasFailed } from "./results.ts"
import type { Certificate, Server } from "./servers/server.ts"
import type { Sizes } from "./sizes.ts"

/** What a work is given to run with. */
export interface Bench {
  servers: readonly Server[]
  rounds: number
  sizes: Sizes
  scratch: string
  certificate: Certificate
  results: Results
  progress(text: string): void
}

export interface Work {
  name: string
  metrics: readonly Metric[]
  run(bench: Bench): Promise<void>
}

const STEP_LIMIT_SECONDS = 600

/** Gives whether `step` succeeded in time. A failure is kept for the report, and nothing more of this work is asked of the server. */
export async function attempt(bench: Bench, work: string, server: Server, step: () => Promise<void>): Promise<boolean> {
  if (hasFailed(work, bench.results, server.name)) return false
  let timer: Timer | undefined
  const limit = new Promise<never>((_, reject) => {
    const error = new Error(`not done within ${STEP_LIMIT_SECONDS} s`)
    timer = setTimeout(() => reject(error), STEP_LIMIT_SECONDS * 1000)
  })
  try {
    await Promise.race([step(), limit])
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    bench.results.failures.push({ work, server: server.name, message })
    bench.progress(`${work}  ${server.name}  FAILED: ${message}`)
    return false
  } finally {
    clearTimeout(timer)
  }
}

export function recordAll(bench: Bench, server: Server, values: Record<string, number>): void {
  for (const [metric, value] of Object.entries(values)) {
    bench.results.record(metric, server.name, value)
    const unit = bench.results.metrics.find(({ name }) => name === metric)?.unit ?? ""
    bench.progress(`${metric}  ${server.name}  ${formatNumber(value)} ${unit}`)
  }
}

/** Waits until earlier writes are on the disk: who comes next must not pay for a server that does not sync. */
export async function settle(bench: Bench): Promise<void> {
  await Bun.spawn(["sync", "-f", bench.scratch]).exited
}

export function listRegistries(bench: Bench): readonly Server[] {
  return bench.servers.filter((server) => server.isRegistry)
}
