import { expect, test } from "bun:test"
import { describeCounts, readSums, sumLines } from "./saved-totals.ts"
import { playSeeds, type RunOptions } from "./technique.ts"
import { techniques } from "./techniques.ts"

test("runs of one technique are added, the slowest of them stays, and what is no count is left out", () => {
  const lines = [
    { seeds: [1, 2], killsPerRound: 50, commit: "a", kills: 100, slowestStartMs: 900, losses: 0 },
    { technique: "kills", seeds: [3, 3], machine: "m", kills: 50, slowestStartMs: 700, losses: 1 },
    { technique: "power-cuts", seeds: [1, 1], images: 7, losses: 0 },
  ]
  expect(sumLines(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))).toEqual({
    kills: { runs: 2, kills: 150, slowestStartMs: 900, losses: 1 },
    "power-cuts": { runs: 1, images: 7, losses: 0 },
  })
})

test("what was saved can be read, and belongs to a technique that is there", () => {
  const names = techniques.map(({ name }) => name)
  const sums = readSums()
  expect(sums["kills"]?.["kills"]).toBeGreaterThan(0)
  expect(Object.keys(sums).filter((name) => !names.includes(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

test("counts are said in words", () => {
  expect(describeCounts({ kills: 1234, slowestStartMs: 5 })).toBe("1,234 kills, 5 slowest start ms")
})

function options(minutes: number, signal = new AbortController().signal): RunOptions {
  return { minutes, seed: 5, signal, onProgress: () => undefined, onLoss: () => undefined }
}

test("a technique plays at least one seed, and the next one until its time is over or something is lost", async () => {
  const played: number[] = []
  const play = async (seed: number) => ({ isLost: played.push(seed) === 3 })
  expect(await playSeeds(options(0), play)).toEqual({ lastSeed: 5, losses: 0 })
  expect(await playSeeds(options(60), play)).toEqual({ lastSeed: 6, losses: 1 })
  expect(await playSeeds(options(60, AbortSignal.abort()), play)).toEqual({ lastSeed: 5, losses: 0 })
  expect(played).toEqual([5, 5, 6, 5])
})
