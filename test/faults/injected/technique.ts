import { playSeeds, type Technique } from "../technique.ts"
import { noFaultTotals, type FaultTotals } from "./run.ts"
import { KINDS } from "./scene.ts"
import { storm } from "./storm.ts"
import { listLoops, sweep } from "./sweep.ts"

/** Of each kind, before each sweep. */
const GUSTS = 8

export const injectedFaults: Technique = {
  name: "faults",
  describe: "makes every call of every driver fail in turn, in each way, and many at random, within one process",
  run: async (options) => {
    const totals = noFaultTotals()
    const deadline = Date.now() + options.minutes * 60_000
    const isOver = () => options.signal.aborted || Date.now() >= deadline
    const range = await playSeeds(options, async (seed) => {
      const onLoop = () => options.onProgress(`seed ${seed}: ${describeFaults(totals)}`)
      try {
        for (const kind of KINDS) await storm({ kind, seed, gusts: GUSTS, totals })
        await sweep(listLoops(seed), { seed, totals, step: () => 1, onLoop, isOver })
        return { isLost: false }
      } catch (error) {
        options.onLoss(String(error))
        return { isLost: true }
      }
    })
    return { ...range, ...totals }
  },
}

export function describeFaults({ runs, faults, failed, made, verified }: FaultTotals): string {
  return [
    `${faults} faults in ${runs} runs`,
    `${failed} requests failed (${made} made all the same)`,
    `${verified} objects verified`,
  ].join(", ")
}
