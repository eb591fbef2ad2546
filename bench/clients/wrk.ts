import type { Load, LoadResult } from "./load.ts"

export const WRK = Bun.which("wrk")

const MS_PER_UNIT: Record<string, number> = { us: 0.001, ms: 1, s: 1000 }

/** Runs Debian's wrk, which costs less than a client in a script. It sends GET only: it waits for the body of an answer to HEAD. */
export async function runWrk(program: string, load: Load): Promise<LoadResult> {
  const headers = Object.entries(load.request.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`])
  const url = `http://127.0.0.1:${load.port}${load.request.path}`
  const size = [`-c${load.connections}`, `-t${Math.min(2, load.connections)}`, `-d${Math.ceil(load.seconds)}s`]
  const child = Bun.spawn([program, ...size, "--latency", ...headers, url], { stdout: "pipe", stderr: "pipe" })
  const [output, problems, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`wrk ended with ${code}: ${problems}`)
  return parseWrk(output)
}

/** Reads wrk's report. Throws when one answer was not a success or a connection failed. */
export function parseWrk(output: string): LoadResult {
  const trouble = /(Non-2xx or 3xx responses|Socket errors): .*/.exec(output)?.[0]
  if (trouble !== undefined) throw new Error(`wrk: ${trouble}`)
  const rate = Number(/Requests\/sec: +([\d.]+)/.exec(output)?.[1])
  if (!(rate > 0)) throw new Error(`wrk: no answers\n${output}`)
  return { requestsPerSecond: rate, p50Ms: findLatencyMs(output, 50), p99Ms: findLatencyMs(output, 99) }
}

function findLatencyMs(output: string, percent: number): number {
  const [, value, unit] = new RegExp(`^ +${percent}% +([\\d.]+)(us|ms|s)$`, "m").exec(output) ?? []
  const factor = unit === undefined ? undefined : MS_PER_UNIT[unit]
  if (value === undefined || factor === undefined) throw new Error(`wrk: no ${percent} % latency\n${output}`)
  return Number(value) * factor
}
