import { OURS, findRatio, findSummary, formatNumber } from "./comparison.ts"
import type { Results } from "./results.ts"

export interface Goal {
  metric: string
  bound: "at least" | "at most"
  value: number
  /** The server whose median is the unit of `value`; without one, `value` is in the metric's unit. */
  peer?: string
}

export interface Verdict {
  goal: Goal
  text: string
  measured: number | undefined
  state: "met" | "not met" | "not measured"
}

const REGISTRY = "docker-registry"

const GOALS: readonly Goal[] = [
  ...atLeast("pull-plain", { nginx: 0.95, [REGISTRY]: 1.6 }),
  ...atLeast("pull-tls", { nginx: 1.1, [REGISTRY]: 1.8 }),
  ...atLeast("push-1", { [REGISTRY]: 1.5 }),
  ...atLeast("push-4", { [REGISTRY]: 1.4 }),
  ...atLeast("small-images-push", { [REGISTRY]: 2, zot: 1.5 }),
  ...atLeast("small-images-pull", { [REGISTRY]: 2, zot: 1.5 }),
  ...atLeast("manifest-get", { [REGISTRY]: 30, zot: 2.5, nginx: 0.5 }),
  ...atLeast("manifest-head", { [REGISTRY]: 30, zot: 2.5, nginx: 0.5 }),
  { metric: "during-push-p99", bound: "at most", value: 0.25, peer: REGISTRY },
  ...atLeast("during-push-rate", { zot: 3 }),
  ...atLeast("during-push-blobs", { [REGISTRY]: 1.1 }),
  ...atMost(5, ["tags-page-100", "tags-page-1000", "catalog-page-100"]),
  ...atMost(300, ["startup-empty", "startup-filled"]),
  ...atMost(100, ["idle-memory-empty", "idle-memory-filled"]),
  ...atMost(256, ["memory-pushes", "memory-slow"]),
  { metric: "adoption", bound: "at least", value: 1000 },
  ...atMost(1.2, ["gc-pull-p99", "gc-push-p99"]),
  ...atMost(50, ["gc-loop"]),
  ...atMost(256, ["gc-memory"]),
  ...atMost(5000, ["gc-restart"]),
]

/** Judges the goals of one metric. A work in which Berth failed meets none of its goals. */
export function judgeGoals(results: Results, metric: string, hasFailed: boolean): Verdict[] {
  return GOALS.filter((goal) => goal.metric === metric).map((goal) => {
    const measured = findMeasured(results, goal)
    const state = hasFailed ? "not met" : measured === undefined ? "not measured" : isMet(goal, measured)
    return { goal, text: formatGoal(goal), measured, state }
  })
}

function findMeasured(results: Results, goal: Goal): number | undefined {
  if (goal.peer !== undefined) return findRatio(results, goal.metric, goal.peer)
  return findSummary(results, goal.metric, OURS)?.median
}

function isMet(goal: Goal, measured: number): "met" | "not met" {
  return (goal.bound === "at least" ? measured >= goal.value : measured <= goal.value) ? "met" : "not met"
}

function formatGoal(goal: Goal): string {
  const bound = goal.bound === "at least" ? "≥" : "≤"
  return goal.peer === undefined ? `${bound} ${goal.value}` : `${bound} ${formatNumber(goal.value)} × ${goal.peer}`
}

function atLeast(metric: string, peers: Record<string, number>): Goal[] {
  return Object.entries(peers).map(([peer, value]) => ({ metric, bound: "at least", value, peer }))
}

function atMost(value: number, metrics: readonly string[]): Goal[] {
  return metrics.map((metric) => ({ metric, bound: "at most", value }))
}
