import type { AdoptionCounts, AdoptionProgress, Problem, ProblemKind } from "../domain/adoption.ts"
import type { AdoptionRecords } from "../ports/metadata/adoption.ts"

/** What a run has found so far. */
export interface Tally {
  counts: AdoptionCounts
  problems: Partial<Record<ProblemKind, number>>
  progress: AdoptionProgress
  advance(by: AdoptionProgress): void
  report(problems: Problem[]): void
  /** Writes the problems that were reported since the last time. */
  flush(): Promise<void>
}

/** Of one stage: what is beyond this is counted and not kept. */
const MAX_WAITING = 10_000
const BATCH = 500

export function createTally(
  records: Pick<AdoptionRecords, "putProblems">,
  onProgress: () => void = () => undefined,
): Tally {
  const progress = { repositories: 0, links: 0 }
  const problems: Tally["problems"] = {}
  let waiting: Problem[] = []
  return {
    counts: { repositories: 0, tags: 0, manifests: 0, blobs: 0, uploads: 0, changes: 0 },
    problems,
    progress,
    advance: ({ repositories, links }) => {
      progress.repositories += repositories
      progress.links += links
      onProgress()
    },
    report: (found) => {
      for (const problem of found) {
        problems[problem.kind] = (problems[problem.kind] ?? 0) + 1
        if (waiting.length < MAX_WAITING) waiting.push(problem)
      }
    },
    flush: async () => {
      const found = waiting
      waiting = []
      for (let start = 0; start < found.length; start += BATCH) {
        await records.putProblems(found.slice(start, start + BATCH))
      }
    },
  }
}
