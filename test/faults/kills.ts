import { createScratch } from "../support/scratch.ts"
import { runRound } from "./round.ts"
import { playSeeds, type Technique } from "./technique.ts"
import { addTotals, describeTotals, noTotals } from "./totals.ts"
import { createStart } from "./victim.ts"

/** Each round begins with an empty directory. */
const KILLS = 50

export const kills: Technique = {
  name: "kills",
  describe: `kills the server at random moments while eight clients push, move and delete, ${KILLS} times a seed`,
  run: async (options) => {
    let totals = noTotals()
    const range = await playSeeds(options, async (seed) => {
      const scratch = createScratch("berth-torture")
      const before = totals
      try {
        const start = await createStart(scratch.path)
        const onKill = (now: typeof totals) => {
          totals = addTotals(before, now)
          options.onProgress(`seed ${seed}: ${describeTotals(totals)}`)
        }
        totals = addTotals(
          before,
          await runRound({ seed, kills: KILLS, directory: scratch.path, start, onKill, signal: options.signal }),
        )
        scratch[Symbol.dispose]()
        return { isLost: false }
      } catch (error) {
        options.onLoss(`${String(error)}\ndata and ledger are kept in ${scratch.path}`)
        return { isLost: true }
      }
    })
    return { ...range, ...totals, slowestStartMs: Math.round(totals.slowestStartMs) }
  },
}
