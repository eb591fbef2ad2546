import * as fc from "fast-check"
import { playSeeds, type RunOptions, type Technique, type Totals } from "../technique.ts"
import { createRandom } from "../random.ts"
import { conductAtRandom, conductWith, exploreAll, settling, type Conduct } from "./explore.ts"
import { play } from "./play.ts"
import { COLLECTING, PAIRS, triples, UNDOING } from "./plots.ts"
import { openGround, type Ground } from "./world.ts"

const ALL_PAIRS = [...PAIRS, ...UNDOING, ...COLLECTING]
/** Of one pair: most have fewer orders that make a difference. Of the others as many are drawn. */
const MOST_OF_A_PAIR = 2000
/** Of so many schedules one is looked at a day later as well, and emptied. */
const WHOLE = 8
const TRIPLES_PER_SEED = 300

/** Each seed is one pair of calls in every order, and some hundred plots of three clients in random ones. */
export const schedules: Technique = {
  name: "schedules",
  describe: "lets requests and the collector run beside each other in every order that can make a difference",
  run: async (options) => {
    const ground = openGround()
    const counts = { schedules: 0, pairs: 0, unfinishedPairs: 0, triples: 0 }
    try {
      const range = await playSeeds(options, (seed) => playSeed(ground, { seed, options, counts }))
      return { ...range, ...counts }
    } finally {
      ground.close()
    }
  },
}

type Counts = Omit<Totals, "losses" | "lastSeed"> &
  Record<"schedules" | "pairs" | "unfinishedPairs" | "triples", number>

async function playSeed(
  ground: Ground,
  { seed, options, counts }: { seed: number; options: RunOptions; counts: Counts },
): Promise<{ isLost: boolean }> {
  try {
    const plot = ALL_PAIRS[seed % ALL_PAIRS.length]
    if (plot === undefined) throw new Error("there are no pairs")
    const playOne = (conduct: Conduct) => play(ground, plot, conduct, { isWhole: counts.schedules++ % WHOLE === 0 })
    const { isComplete } = await exploreAll(playOne, MOST_OF_A_PAIR)
    counts.pairs++
    if (!isComplete) {
      counts.unfinishedPairs++
      const random = createRandom(seed)
      for (let drawn = 0; drawn < MOST_OF_A_PAIR; drawn++) await playOne(conductAtRandom(random))
    }
    counts.triples += await playTriples(ground, seed, TRIPLES_PER_SEED)
    counts.schedules += TRIPLES_PER_SEED
    options.onProgress(`seed ${seed}: ${counts.schedules} schedules`)
    return { isLost: false }
  } catch (error) {
    options.onLoss(`seed ${seed}: ${tell(error)}`)
    return { isLost: true }
  }
}

/** Gives how many schedules that were. Throws with the smallest plot and schedule that fails. */
export async function playTriples(ground: Ground, seed: number, count: number): Promise<number> {
  let played = 0
  const property = fc.asyncProperty(triples, fc.scheduler({ act: settling }), async (plot, scheduler) => {
    await play(ground, plot, conductWith(scheduler), { isWhole: played++ % WHOLE === 0 })
  })
  await fc.assert(property, { seed, numRuns: count })
  return count
}

/** What fast-check says of a failure does not say what was seen. */
function tell(error: unknown): string {
  const text = String(error)
  return error instanceof Error && error.cause instanceof Error ? `${text}\n${String(error.cause)}` : text
}
