import { tmpdir } from "node:os"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import type { RunOptions, Technique, Totals } from "../technique.ts"
import { createSoak, type Soaked } from "./lives.ts"
import { paceFor } from "./pace.ts"

// More than the noise of an hour, and far less than what a leak of a request's buffers would be.
const MOST_RSS_MIB_PER_HOUR = 8
const MOST_FDS_PER_HOUR = 20
// Before that every server grows: its caches fill.
const SHORTEST_JUDGED_HOURS = 0.5

export const soak: Technique = {
  name: "soak",
  describe: "one server under mixed load with collection, restarts and hostile clients for all the time that there is",
  run: async (options) => {
    const scratch = createScratch("berth-soak")
    // Those of a long run are kept.
    const isLong = options.minutes >= LONG_MINUTES
    const samplesPath = join(isLong ? tmpdir() : scratch.path, `berth-soak-${options.seed}.jsonl`)
    const run = createSoak({ ...options, directory: scratch.path, samplesPath, pace: paceFor(options.minutes) })
    try {
      const soaked = await run.play()
      const faults = judge(soaked)
      if (soaked.growth.hours < SHORTEST_JUDGED_HOURS)
        options.onProgress("the growth of memory was not judged: the longest life was too short for it")
      for (const fault of faults) options.onLoss(`${fault}; the samples are in ${samplesPath}`)
      scratch[Symbol.dispose]()
      return toTotals(options, soaked, faults.length)
    } catch (error) {
      options.onLoss(`${String(error)}\ndata and ledger are kept in ${scratch.path}, the samples in ${samplesPath}`)
      return toTotals(options, run.soaked(), 1)
    }
  },
}

const LONG_MINUTES = 10

function judge({ growth, faults, counts }: Soaked): string[] {
  const { lostReplies = 0, kills = 0, stops = 0 } = counts
  const most = [
    ...faults,
    // One may be under way in the moment in which a server is ended.
    ...(lostReplies > kills + stops
      ? [`${lostReplies} answers were lost, with ${kills + stops} ends of a server`]
      : []),
  ]
  if (growth.hours < SHORTEST_JUDGED_HOURS) return most
  const { rssMiBPerHour, fdsPerHour } = growth
  return [
    ...most,
    ...(rssMiBPerHour > MOST_RSS_MIB_PER_HOUR ? [`memory grows by ${rssMiBPerHour.toFixed(1)} MiB/h`] : []),
    ...(fdsPerHour > MOST_FDS_PER_HOUR ? [`descriptors grow by ${fdsPerHour.toFixed(0)} an hour`] : []),
  ]
}

function toTotals({ seed }: RunOptions, soaked: Soaked, losses: number): Totals {
  const { growth, counts } = soaked
  const tenths = (value: number) => Math.round(value * 10) / 10
  const isJudged = growth.hours >= SHORTEST_JUDGED_HOURS
  return {
    losses,
    lastSeed: seed,
    ...counts,
    minutes: tenths(counts["minutes"] ?? 0),
    mostMemoryMib: Math.round(soaked.mostRssMiB),
    mostLoopDelayP99Ms: tenths(soaked.mostLoopDelayP99Ms),
    ...(isJudged && { mostMemoryMibPerHour: tenths(growth.rssMiBPerHour) }),
    ...(isJudged && { mostDescriptorsPerHour: tenths(growth.fdsPerHour) }),
  }
}
