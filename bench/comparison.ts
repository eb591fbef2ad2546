import { type Summary, summarize } from "./statistics.ts"
import { type Metric, type Results } from "./results.ts"

/** The program that is compared with all others. */
export const OURS = "berth"

export function findSummary(results: Results, metric: string, server: string): Summary | undefined {
  const values = results.list(metric, server)
  return values.length === 0 ? undefined : summarize(values)
}

/** Gives Berth's median divided by the peer's; `undefined` where one of them has none. */
export function findRatio(results: Results, metric: string, peer: string): number | undefined {
  const ours = findSummary(results, metric, OURS)
  const theirs = findSummary(results, metric, peer)
  return ours === undefined || theirs === undefined || theirs.median === 0 ? undefined : ours.median / theirs.median
}

/** Gives how many times better Berth is, so that more is better for every metric. */
export function findAdvantage(results: Results, metric: Metric, peer: string): number | undefined {
  const ratio = findRatio(results, metric.name, peer)
  return ratio === undefined || ratio === 0 ? undefined : metric.isLowerBetter ? 1 / ratio : ratio
}

/** Three figures, or all digits of a larger whole part. */
export function formatNumber(value: number): string {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
