import { appendFileSync } from "node:fs"
import { join } from "node:path"
import type { Totals } from "./totals.ts"

const FILE = join(import.meta.dir, "totals.jsonl")

export interface SeedRange {
  firstSeed: number
  lastSeed: number
  /** In each round. */
  kills: number
}

/** Appends one line; a run that lost something is kept like any other. */
export function saveTotals({ firstSeed, lastSeed, kills }: SeedRange, totals: Totals, losses: number): void {
  const line = {
    seeds: [firstSeed, lastSeed],
    killsPerRound: kills,
    commit: describeCommit(),
    date: new Date().toISOString(),
    ...totals,
    slowestStartMs: Math.round(totals.slowestStartMs),
    losses,
  }
  appendFileSync(FILE, `${JSON.stringify(line)}\n`)
}

/** The commit that ran, and a mark where the sources differed from it. */
function describeCommit(): string {
  const commit = git("rev-parse", "HEAD")
  return git("status", "--porcelain", "--", "src", "test/faults/*.ts", "test/faults/operations") === ""
    ? commit
    : `${commit} with changes`
}

function git(...args: string[]): string {
  const done = Bun.spawnSync(["git", ...args], { cwd: join(import.meta.dir, "..", ".."), stderr: "pipe" })
  if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr.toString().trim()}`)
  return done.stdout.toString().trim()
}
