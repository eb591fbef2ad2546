import { formatNumber } from "./comparison.ts"

/** What a run's JSON file holds, as far as the README quotes it. */
export interface WrittenResults {
  startedAt: string
  rounds: number
  machine: { processor: string; hasShaInstructions: boolean; cores: number; memoryGiB: number; fileSystem: string }
  versions: Record<string, string>
  measured: WrittenMetric[]
}

interface WrittenMetric {
  name: string
  label: string
  unit: string
  isLowerBetter: boolean
  servers: Record<string, { median: number; min: number; max: number } | null>
  goals: { text: string; measured?: number | null; state: string }[]
}

/** Formats what stands between the README's bench markers: the machine, a row a metric, and which goals are met. */
export function formatReadmeBlock(results: WrittenResults, paths: { json: string; chart: string }): string {
  const { machine, versions } = results
  const peers = Object.keys(versions).filter((name) => name !== "berth")
  const sha = machine.hasShaInstructions ? "with" : "without"
  const head = ["", "unit", "Berth", ...peers, "goals"]
  const rows = results.measured.map((metric) => [
    `${metric.label}${metric.isLowerBetter ? " ↓" : ""}`,
    metric.unit,
    formatCell(metric, "berth"),
    ...peers.map((peer) => formatCell(metric, peer)),
    metric.goals.map(formatGoal).join("<br>"),
  ])
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)
  return [
    `On ${results.startedAt.slice(0, 10)}, ${machine.processor} × ${machine.cores} ${sha} SHA instructions, ${machine.memoryGiB} GiB, ${machine.fileSystem}; ` +
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join("; ")}; ${results.rounds} rounds, medians (extremes). ↓: less is better. [All figures](${paths.json})`,
    "",
    ...table,
    "",
    `![Berth's figures divided by those of the others](${paths.chart})`,
  ].join("\n")
}

function formatCell({ servers }: WrittenMetric, server: string): string {
  const summary = servers[server] ?? null
  if (summary === null) return "–"
  const { median, min, max } = summary
  return `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`
}

function formatGoal({ text, measured, state }: WrittenMetric["goals"][number]): string {
  return measured === undefined || measured === null
    ? `${text}: ${state}`
    : `${text}: ${state} (${formatNumber(measured)})`
}
