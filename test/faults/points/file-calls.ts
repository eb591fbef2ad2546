import { createScratch } from "../../support/scratch.ts"
import { createOracle } from "../oracle.ts"
import type { Technique } from "../technique.ts"
import { killDuring, killDuringStart, type Arm } from "./kill-run.ts"
import { countKill, noKills, sumSeeds, type KillTotals } from "./kill-totals.ts"
import { bundleWithFailpoints, createStage, type Program } from "./stage.ts"
import { createSteps } from "./steps.ts"

interface Play {
  seed: number
  /** Which of the steps is played. */
  isPlayed: (step: string, index: number) => boolean
  signal?: AbortSignal
  onKill?: (totals: KillTotals) => void
}

/**
 * Kills one step before its first file call that changes something, then before its second, in whichever thread that is, and
 * so on until it is done before it is killed. Rejects at the first thing lost.
 */
export async function killAtEachFileCall({ seed, isPlayed, signal, onKill }: Play): Promise<KillTotals> {
  using code = createScratch("berth-code")
  const program = await bundleWithFailpoints(code.path)
  await using stage = await createStage(seed, program)
  const totals = noKills()
  for (const [index, step] of createSteps(stage.root, stage.oracle).entries()) {
    if (!isPlayed(step.name, index)) continue
    for (let nth = 1, isKilled = true; isKilled; nth++) {
      if (signal?.aborted === true) break
      try {
        isKilled = await killDuring(stage, step, armFileCall(nth))
      } catch (error) {
        throw new Error(`seed ${seed}: ${step.name}, killed at file call ${nth}: ${String(error)}`, { cause: error })
      }
      if (isKilled) countKill(totals, stage, isKilled)
      onKill?.(totals)
    }
  }
  await stage.verifyAll()
  return { ...totals, verified: stage.verified() }
}

function armFileCall(nth: number): Arm {
  return async ({ control }) => {
    control.killAtFileCall(nth)
    return async () => control.disarm()
  }
}

/** The same for the first start on an empty directory. */
async function killAtEachFileCallOfStart(seed: number, signal?: AbortSignal): Promise<KillTotals> {
  using code = createScratch("berth-code")
  const program = await bundleWithFailpoints(code.path)
  const totals = noKills()
  for (let nth = 1; ; nth++) {
    const isOver = signal?.aborted === true || !(await killStart({ seed, program, nth, totals }))
    if (isOver) return totals
  }
}

async function killStart(play: { seed: number; program: Program; nth: number; totals: KillTotals }): Promise<boolean> {
  await using stage = await createStage(play.seed, play.program)
  stage.control.killAtFileCall(play.nth)
  const isKilled = await killDuringStart(stage)
  await stage.recover()
  const [push] = createSteps(stage.root, stage.oracle)
  await push?.run(await stage.live())
  await stage.verifyAll()
  if (isKilled) play.totals.kills++
  return isKilled
}

export const fileCalls: Technique = {
  name: "file-calls",
  describe: "kills the server before the first, second, … call to the file system of one operation after the other",
  run: async (options) => {
    using scratch = createScratch()
    const count = createSteps(scratch.path, createOracle()).length
    return sumSeeds(options, (seed, onKill) => {
      const { signal } = options
      // A seed is one operation; so many seeds in a row are all of them.
      const chosen = seed % (count + 1)
      if (chosen === count) return killAtEachFileCallOfStart(seed, signal)
      return killAtEachFileCall({ seed, isPlayed: (_, index) => index === chosen, signal, onKill })
    })
  },
}
