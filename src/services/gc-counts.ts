import type { GcReport } from "./gc-report.ts"

/** Since the start. */
export interface GcCounts {
  /** By how they ended; those that a stop of the server ended, and rehearsals, are none. */
  runs: { done: number; skipped: number; failed: number }
  untagged: number
  manifests: number
  condemned: number
  removed: number
  removedBytes: number
  orphans: number
  /** Times that an object could not be removed. */
  failures: number
  /** Epoch milliseconds at which the last run ended that came to its end; 0: none yet. */
  succeededAt: number
}

export function createGcCounts(): GcCounts {
  return {
    runs: { done: 0, skipped: 0, failed: 0 },
    untagged: 0,
    manifests: 0,
    condemned: 0,
    removed: 0,
    removedBytes: 0,
    orphans: 0,
    failures: 0,
    succeededAt: 0,
  }
}

/** Adds a run, also one that failed in the middle: what it did is done. `ending`: absent where it was told to stop. */
export function countRun(counts: GcCounts, report: GcReport, ending: keyof GcCounts["runs"] | undefined): void {
  for (const what of SUMS) counts[what] += report[what]
  if (ending !== undefined) counts.runs[ending]++
  if (ending === "done") counts.succeededAt = report.endedAt
}

const SUMS = ["untagged", "manifests", "condemned", "removed", "removedBytes", "orphans", "failures"] as const
