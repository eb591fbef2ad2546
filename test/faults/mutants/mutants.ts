import type { Technique } from "../technique.ts"
import { copySources } from "./sources.ts"
import { gcMutants } from "./gc-mutants.ts"
import { tagMutants } from "./tag-mutants.ts"
import { undoMutants } from "./undo-mutants.ts"

export const allMutants = [...tagMutants, ...gcMutants, ...undoMutants]

/** All of them once, whatever the seed and the time: that each is caught is what this is to show. */
export const mutants: Technique = {
  name: "mutants",
  describe: `puts ${allMutants.length} bugs into a copy of the sources, one after the other: a test has to find each`,
  run: async (options) => {
    using sources = copySources()
    let caught = 0
    let losses = 0
    for (const mutant of allMutants) {
      if (options.signal.aborted) break
      const flaw = await sources.tryMutant(mutant)
      if (flaw === undefined) caught++
      else {
        losses++
        options.onLoss(`not caught: ${mutant.bug} (${mutant.file}): ${mutant.caughtBy.test}: ${flaw}`)
      }
      options.onProgress(`${caught} of ${allMutants.length} caught`)
    }
    return { lastSeed: options.seed, losses, mutants: caught + losses, caught }
  },
}
