import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Work } from "./bench.ts"
import { formatChart } from "./chart.ts"
import { OURS, findRatio, findSummary } from "./comparison.ts"
import { judgeGoals } from "./goals.ts"
import type { Machine } from "./machine.ts"
import { type Results, hasFailed } from "./results.ts"

export interface Report {
  startedAt: Date
  tookSeconds: number
  machine: Machine
  versions: Record<string, string>
  rounds: number
  works: readonly Work[]
  results: Results
  /** Set apart in the file's name: a part of the works, or a quick run. */
  suffix: string
}

/** Writes the JSON and the chart; gives their paths. */
export function writeReport(directory: string, report: Report): string[] {
  mkdirSync(directory, { recursive: true })
  const base = join(directory, getBaseName(report))
  writeFileSync(`${base}.json`, `${JSON.stringify(describeReport(report), null, 2)}\n`)
  writeFileSync(`${base}.svg`, formatChart(report))
  return [`${base}.json`, `${base}.svg`]
}

/** Names a file by date and processor: `2026-11-22-intel-xeon-2.50ghz-no-sha`. */
export function getBaseName({ startedAt, machine, suffix }: Pick<Report, "startedAt" | "machine" | "suffix">): string {
  const words = machine.processor.toLowerCase().replace(/\((?:r|tm)\)|\bcpu\b|\bprocessor\b|@/g, " ")
  const processor = words.replace(/[^a-z0-9.]+/g, "-").replace(/^-+|-+$/g, "")
  const sha = machine.hasShaInstructions ? "sha" : "no-sha"
  return [startedAt.toISOString().slice(0, 10), processor, sha, suffix].filter(Boolean).join("-")
}

function describeReport({ startedAt, tookSeconds, machine, versions, rounds, works, results }: Report): unknown {
  const measured = works.flatMap((work) =>
    work.metrics.map((metric) => ({
      work: work.name,
      ...metric,
      servers: Object.fromEntries(
        results.servers.map((server) => [server, describeServer(results, metric.name, server)]),
      ),
      goals: judgeGoals(results, metric.name, hasFailed(work.name, results, OURS)).map(({ text, measured, state }) => ({
        text,
        measured,
        state,
      })),
    })),
  )
  const { failures, notes } = results
  return { startedAt, tookSeconds, machine, versions, rounds, measured, failures, notes }
}

function describeServer(results: Results, metric: string, server: string): unknown {
  const values = results.list(metric, server)
  if (values.length === 0) return null
  const ratio = server === OURS ? undefined : findRatio(results, metric, server)
  return { ...findSummary(results, metric, server), values, oursDividedByIt: ratio }
}
