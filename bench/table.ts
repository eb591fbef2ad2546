import { OURS, findRatio, findSummary, formatNumber } from "./comparison.ts"
import { type Verdict, judgeGoals } from "./goals.ts"
import { type Metric, type Results, hasFailed } from "./results.ts"

export interface TableRow {
  work: string
  metric: Metric
}

/** Formats one Markdown table: a row a metric; the median and extremes of each server; after the arrow Berth divided by the peer; the goals. */
export function formatTable(rows: readonly TableRow[], results: Results): string {
  const peers = results.servers.filter((name) => name !== OURS)
  const head = ["", "unit", OURS, ...peers, "goals"]
  const lines = rows.map((row) => [
    `${row.metric.label}${row.metric.isLowerBetter ? " ↓" : ""}`,
    row.metric.unit,
    formatCell(row, results, OURS),
    ...peers.map((peer) => formatPeer(row, results, peer)),
    judgeGoals(results, row.metric.name, hasFailed(row.work, results, OURS))
      .map(formatVerdict)
      .join(", "),
  ])
  return alignColumns([head, ...lines])
}

/** Lists what failed and what must be known beside the figures. */
export function formatRemarks(results: Results): string {
  const failures = results.failures.map(({ work, server, message }) => `FAILED ${work}, ${server}: ${message}`)
  const notes = results.notes.map(({ work, server, message }) => `note ${work}, ${server}: ${message}`)
  return [...failures, ...notes].join("\n")
}

function formatCell({ work, metric }: TableRow, results: Results, server: string): string {
  const summary = findSummary(results, metric.name, server)
  const mark = hasFailed(work, results, server) ? "failed" : ""
  if (summary === undefined) return mark === "" ? "–" : mark
  const { median, min, max } = summary
  const range = results.list(metric.name, server).length > 1 ? ` (${formatNumber(min)}–${formatNumber(max)})` : ""
  return `${formatNumber(median)}${range}${mark && `, ${mark}`}`
}

function formatPeer(row: TableRow, results: Results, peer: string): string {
  const ratio = findRatio(results, row.metric.name, peer)
  return `${formatCell(row, results, peer)}${ratio === undefined ? "" : ` → ${formatNumber(ratio)}×`}`
}

function formatVerdict({ text, measured, state }: Verdict): string {
  if (measured === undefined) return `${text}: ${state}`
  return `${text}: ${state === "met" ? "✓" : "✗"} ${formatNumber(measured)}`
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`)
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`
  return [lines[0], rule, ...lines.slice(1)].join("\n")
}
