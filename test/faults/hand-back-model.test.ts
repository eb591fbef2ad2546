import { test } from "bun:test"
import { createScratch } from "../support/scratch.ts"
import { playHandBacks } from "./hand-back-model.ts"

test.each([1, 3, 5, 18, 31, 40])(
  "a directory that goes back and forth, by kills and under load, has every tag that it must have: seed %d",
  async (seed) => {
    using scratch = createScratch("berth-hand-back")
    await playHandBacks(scratch.path, { seed, turns: 10 })
  },
)
