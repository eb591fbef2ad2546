import { appendFileSync, readFileSync } from "node:fs"
import { availableParallelism, machine, release, totalmem, type } from "node:os"
import { join } from "node:path"
import type { Totals } from "./technique.ts"

const FILE = join(import.meta.dir, "totals.jsonl")

interface Run {
  technique: string
  firstSeed: number
  totals: Totals
}

/** Appends one line; a run that lost something is kept like any other. */
export function saveTotals({ technique, firstSeed, totals }: Run): void {
  const { lastSeed, ...counts } = totals
  const about = {
    technique,
    seeds: [firstSeed, lastSeed],
    commit: describeCommit(),
    date: new Date().toISOString(),
    machine: describeMachine(),
  }
  appendFileSync(FILE, `${JSON.stringify({ ...about, ...counts })}\n`)
}

/** By technique, the sums of all that was saved, and how many runs that were. */
export type Sums = Record<string, Record<string, number>>

export function readSums(): Sums {
  return sumLines(readFileSync(FILE, "utf8"))
}

/** What says how a run was made is no count of what it did. */
const NO_COUNTS = new Set(["killsPerRound"])

export function sumLines(lines: string): Sums {
  const sums: Sums = {}
  for (const line of lines.split("\n").filter((each) => each !== "")) {
    // The first line is older than the choice of techniques.
    const { technique = "kills", ...run } = JSON.parse(line) as { technique?: string } & Record<string, unknown>
    const sum = (sums[technique] ??= { runs: 0 })
    sum["runs"] = (sum["runs"] ?? 0) + 1
    for (const [key, value] of Object.entries(run)) {
      // What a technique calls its runs are not the runs that were saved.
      const name = key === "runs" ? "attempts" : key
      if (typeof value === "number" && !NO_COUNTS.has(name)) sum[name] = add(name, sum[name], value)
    }
  }
  return sums
}

function add(name: string, sum: number | undefined, value: number): number {
  return /^(?:slowest|most)/.test(name) ? Math.max(sum ?? 0, value) : (sum ?? 0) + value
}

/** `kills: 12 runs, 400 kills, 0 losses …`, as it is printed. */
export function describeCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString("en-US")} ${inWords(name)}`)
    .join(", ")
}

function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** The commit that ran, and a mark where the sources differed from it. */
function describeCommit(): string {
  const commit = git("rev-parse", "HEAD")
  const changes = git("status", "--porcelain", "--", "src", "test/faults", ":!test/faults/totals.jsonl")
  return changes === "" ? commit : `${commit} with changes`
}

function describeMachine(): string {
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()} ${machine()}`
}

function git(...args: string[]): string {
  const done = Bun.spawnSync(["git", ...args], { cwd: join(import.meta.dir, "..", ".."), stderr: "pipe" })
  if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr.toString().trim()}`)
  return done.stdout.toString().trim()
}
