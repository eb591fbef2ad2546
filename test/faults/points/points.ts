import { createScratch } from "../../support/scratch.ts"
import { COLLECTING } from "../collect.ts"
import { createRandom, type Random } from "../random.ts"
import type { Technique } from "../technique.ts"
import { killDuring, killDuringStart, survey, type Arm } from "./kill-run.ts"
import { countKill, noKills, sumSeeds, type KillTotals } from "./kill-totals.ts"
import { listPoints } from "./names.ts"
import { bundleWithFailpoints, createStage, type Program, type Stage } from "./stage.ts"
import { createSteps, type Step } from "./steps.ts"

interface Play {
  seed: number
  /** Which of the points that can be reached. */
  isWanted: (point: string) => boolean
  /** By the steps that take the least time, where several reach a point; otherwise by any of them. */
  isQuick: boolean
  signal?: AbortSignal
  /** Each place at which the server was killed. */
  onKill?: (point: string, totals: KillTotals) => void
}

/** These come by once, when a server starts on an empty directory. */
const AT_START = /^(?:migration|start)\./
/** And these once in the life of a directory, by the first collection of garbage. */
const ONCE = /^gc\.(?:surveyed|sighted)$|=gc\.(?:survey|sight|putWalk)$/
const ATTEMPTS = 3

/** A directory of its own with the steps that are done there. Two of them keep two processors busy. */
interface Lane {
  stage: Stage
  reached: Map<string, Map<Step, number>>
  points: string[]
  random: Random
}

/** Kills at each point that is wanted, in an order that is drawn, and checks after each. Rejects at the first thing lost. */
export async function killAtEach({ seed, isWanted, isQuick, signal, onKill }: Play): Promise<KillTotals> {
  const random = createRandom(seed).fork("points")
  using code = createScratch("berth-code")
  const program = await bundleWithFailpoints(code.path)
  await using stages = new AsyncDisposableStack()
  const open = async (isSlow: boolean): Promise<Lane> => {
    const stage = stages.use(await createStage(seed, program))
    const steps = createSteps(stage.root, stage.oracle).filter((step) => (step.isSlow === true) === isSlow)
    return { stage, reached: await survey(stage, steps), points: [], random: random.fork(`slow ${isSlow}`) }
  }
  const lanes = await Promise.all([open(false), open(true)])
  for (const point of shuffle(listPoints().filter(isWanted), random)) {
    const able = lanes.filter(({ reached }) => reached.get(point)?.size !== 0)
    const isFresh = AT_START.test(point) || ONCE.test(point)
    const lane = isFresh ? lanes[0] : isQuick ? able[0] : random.pick(able)
    lane?.points.push(point)
  }
  const all = noKills()
  let isOver = false
  const play = async ({ stage, points: own, ...choice }: Lane) => {
    for (const point of own) {
      if (isOver || signal?.aborted === true) return
      try {
        const isKilled = AT_START.test(point)
          ? await killAtStart(point, { program, random: choice.random })
          : ONCE.test(point)
            ? await killOnce(point, { program, random: choice.random })
            : await killAt(stage, point, choice)
        countKill(all, stage, isKilled)
        if (isKilled) onKill?.(point, all)
      } catch (error) {
        isOver = true
        throw new Error(`seed ${seed}, killed at ${point}: ${String(error)}`, { cause: error })
      }
    }
    await stage.verifyAll()
    await stage.expectNoGarbage()
  }
  const ended = await Promise.allSettled(lanes.map(play))
  for (const each of ended) if (each.status === "rejected") throw each.reason
  return { ...all, verified: lanes.reduce((sum, { stage }) => sum + stage.verified(), 0) }
}

async function killAt(
  stage: Stage,
  point: string,
  { reached, random }: Pick<Lane, "reached" | "random">,
): Promise<boolean> {
  const steps = [...(reached.get(point) ?? [])]
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [step, count] = random.pick(steps) ?? []
    if (step === undefined || count === undefined) return false
    // Later attempts take the first hit, which comes in any case.
    const nth = attempt === 0 ? random.between(1, count) : 1
    if (await killDuring(stage, step, armPoint(point, nth))) return true
  }
  return false
}

async function killOnce(point: string, { program, random }: Fresh): Promise<boolean> {
  await using stage = await createStage(random.below(2 ** 31), program)
  const collection = createSteps(stage.root, stage.oracle).find(({ config }) => config === COLLECTING)
  return collection !== undefined && (await killDuring(stage, collection, armPoint(point, 1)))
}

function armPoint(point: string, nth: number): Arm {
  return async ({ control }) => {
    control.killAt(point, nth)
    return async () => control.disarm()
  }
}

interface Fresh {
  program: Program
  random: Random
}

/** On an empty directory; the next start finds what the first left, and serves. */
async function killAtStart(point: string, { program, random }: Fresh): Promise<boolean> {
  await using stage = await createStage(random.below(2 ** 31), program)
  const nth = point === "migration.statement" ? random.between(1, 20) : 1
  stage.control.killAt(point, nth)
  const isKilled = await killDuringStart(stage)
  await stage.recover()
  const [push] = createSteps(stage.root, stage.oracle)
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
