import { LostReplyError, WrongAnswerError } from "../client.ts"
import type { Life, Stage } from "./stage.ts"
import type { Step } from "./steps.ts"

/** What a background task has to reach its point after the step that caused it. */
const LATEST_MS = 1_500
/** After its client has lost the connection. */
const LONGEST_END_MS = 10_000

/** Sees to it that a server is killed; gives what undoes that. */
export type Arm = (life: Life) => Promise<() => Promise<void>>

/**
 * Runs the step on a server that is armed to be killed, and if it was: starts another on what it left, checks, and does the
 * same again, which must succeed. Gives whether it was killed.
 */
export async function killDuring(stage: Stage, step: Step, arm: Arm): Promise<boolean> {
  await step.prepare?.(await stage.live())
  const life = await stage.live(step.config)
  const disarm = await arm(life)
  let lost: LostReplyError | undefined
  let isKilled = false
  try {
    lost = await step.run(life).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof LostReplyError) return error
        throw error
      },
    )
    isKilled = await stage.hasEnded(lost === undefined ? LATEST_MS : LONGEST_END_MS)
  } finally {
    await disarm()
  }
  // What a background task came to in the last moment counts as well.
  if (!isKilled && stage.control.hasFired()) isKilled = await stage.hasEnded(LONGEST_END_MS)
  if (!isKilled && lost !== undefined) {
    throw new Error(`${step.name}: no answer came, and the server runs: ${lost.message}`, { cause: lost })
  }
  if (!isKilled) return false
  await stage.recover(step.config)
  await step.run(await stage.live(step.config))
  return true
}

/**
 * Starts a server that is armed to be killed while it does. Gives whether it was; a start that fails otherwise is a fault.
 */
export async function killDuringStart(stage: Stage): Promise<boolean> {
  const failure = await stage.live().then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  // It may have answered before it came to the end.
  const hasEnded = await stage.hasEnded(LATEST_MS)
  const isKilled = stage.control.hasFired()
  stage.control.disarm()
  const isWrong = failure?.error instanceof WrongAnswerError
  if (failure !== undefined && (isWrong || !isKilled)) throw failure.error
  if (hasEnded && !isKilled) throw new Error("the server ended by itself")
  return isKilled
}

/** Which points each step reaches when nothing kills it, with how often. */
export async function survey(stage: Stage, steps: readonly Step[]): Promise<Map<string, Map<Step, number>>> {
  const { control } = stage
  const reached = new Map<string, Map<Step, number>>(control.points.map((point) => [point, new Map()]))
  for (const step of steps) {
    await step.prepare?.(await stage.live())
    const life = await stage.live(step.config)
    const before = control.points.map((point) => control.hits(point))
    await step.run(life)
    await settleDown(stage)
    for (const [index, point] of control.points.entries()) {
      const count = control.hits(point) - (before[index] ?? 0)
      if (count > 0) reached.get(point)?.set(step, count)
    }
  }
  return reached
}

/** Until nothing more happens in the background. */
async function settleDown({ control }: Stage): Promise<void> {
  const total = () => control.points.reduce((sum, point) => sum + control.hits(point), 0)
  for (let before = -1; before !== total(); await Bun.sleep(40)) before = total()
}
