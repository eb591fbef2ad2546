import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { createRandom, type Random } from "../random.ts"
import type { Technique } from "../technique.ts"
import { killDuring, survey, type Arm } from "./kill-run.ts"
import { countKill, noKills, sumSeeds, type KillTotals } from "./kill-totals.ts"
import { bundleWithFailpoints, createStage, type Program, type Stage } from "./stage.ts"
import { createSteps, type Step } from "./steps.ts"

interface Play {
  seed: number
  /** Which of the points that can be reached. */
  isWanted: (point: string) => boolean
  /** By the step that takes the least time, where several reach a point; otherwise by any of them. */
  isQuick: boolean
  signal?: AbortSignal
  /** Each place at which the server was killed. */
  onKill?: (point: string, totals: KillTotals) => void
}

/** These come by once, when a server starts on an empty directory. */
const AT_START = /^(?:migration|start)\./
const ATTEMPTS = 3

/** Kills at each point that is wanted, in an order that is drawn, and checks after each. Rejects at the first thing lost. */
export async function killAtEach({ seed, isWanted, isQuick, signal, onKill }: Play): Promise<KillTotals> {
  const random = createRandom(seed).fork("points")
  using code = createScratch("berth-code")
  const program = await bundleWithFailpoints(code.path)
  await using stage = await createStage(seed, program)
  const totals = noKills()
  const note = (point: string, isKilled: boolean) => {
    countKill(totals, stage, isKilled)
    if (isKilled) onKill?.(point, totals)
  }
  const reached = await survey(stage, createSteps(join(stage.directory, "data")))
  for (const point of shuffle([...stage.control.points].filter(isWanted), random)) {
    if (signal?.aborted === true) break
    try {
      if (AT_START.test(point)) note(point, await killAtStart(point, { program, random }))
      else if (reached.get(point)?.size !== 0) note(point, await killAt(stage, point, { reached, random, isQuick }))
    } catch (error) {
      throw new Error(`seed ${seed}, killed at ${point}: ${String(error)}`, { cause: error })
    }
  }
  await stage.verifyAll()
  return { ...totals, verified: stage.verified() }
}

interface Choice {
  reached: Map<string, Map<Step, number>>
  random: Random
  isQuick: boolean
}

async function killAt(stage: Stage, point: string, { reached, random, isQuick }: Choice): Promise<boolean> {
  const all = [...(reached.get(point) ?? [])]
  const quick = all.filter(([{ isSlow }]) => isSlow !== true)
  const steps = isQuick && quick.length > 0 ? quick : all
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [step, count] = random.pick(steps) ?? []
    if (step === undefined || count === undefined) return false
    // Later attempts take the first hit, which comes in any case.
    const nth = attempt === 0 ? random.between(1, count) : 1
    if (await killDuring(stage, step, armPoint(point, nth))) return true
  }
  return false
}

function armPoint(point: string, nth: number): Arm {
  return async ({ control }) => {
    control.killAt(point, nth)
    return async () => control.disarm()
  }
}

/** On an empty directory; the next start finds what the first left, and serves. */
async function killAtStart(point: string, { program, random }: { program: Program; random: Random }): Promise<boolean> {
  await using stage = await createStage(random.below(2 ** 31), program)
  const nth = point === "migration.statement" ? random.between(1, 20) : 1
  stage.control.killAt(point, nth)
  const isKilled = await stage.live().then(
    () => false,
    () => true,
  )
  stage.control.disarm()
  const [push] = createSteps(join(stage.directory, "data"))
  await push?.run(await stage.live())
  await stage.verifyAll()
  return isKilled
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((value) => ({ value, place: random.below(2 ** 32) }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value)
}

export const points: Technique = {
  name: "points",
  describe: "kills the server at every failpoint of the source and at every operation of its database",
  run: async (options) => {
    const seen = new Set<string>()
    const totals = await sumSeeds(options, (seed, onKill) =>
      killAtEach({
        seed,
        isWanted: () => true,
        isQuick: false,
        signal: options.signal,
        onKill: (point, counts) => {
          seen.add(point)
          onKill(counts)
        },
      }),
    )
    return { ...totals, mostPoints: seen.size }
  },
}
