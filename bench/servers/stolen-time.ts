import { readFileSync } from "node:fs"

/** Gives what tells the part of the machine's processor time, 0 … 1, that its host has given to others since. */
export function createStolenCounter(): () => number {
  const before = readTimes()
  return () => {
    const after = readTimes()
    return (after.stolen - before.stolen) / Math.max(1, after.total - before.total)
  }
}

/** In ticks, of all processors. The first eight columns are disjoint; `proc_stat(5)`. */
function readTimes(): { stolen: number; total: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1)
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { stolen: times[7] ?? 0, total: times.reduce((sum, time) => sum + time, 0) }
}
