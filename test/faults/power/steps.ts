import type { Random } from "../random.ts"
import type { TakeStep } from "./sim-files.ts"

/**
 * Whatever changes the disk or the database waits here for its turn: one change at a time, and who is next is drawn. So a
 * seed decides the order in which requests that run beside each other do their work.
 */
export interface Steps {
  /** After the power was cut it never resolves: what asked for it is no more. */
  take: TakeStep
  /** Lets the work go on until it has ended or `most` changes were made, and then nothing more. */
  run(work: Promise<unknown>, most: number): Promise<void>
}

export function createSteps(random: Random, afterEach: () => Promise<void>): Steps {
  const waiting: (() => Promise<void>)[] = []
  let arrivals = 0
  let wake: (() => void) | undefined

  /** All that can go on without a turn has done so. */
  async function calm(): Promise<void> {
    for (let before = -1; before !== arrivals;) {
      before = arrivals
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  return {
    take: (effect) => {
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof effect>>>()
      arrivals++
      waiting.push(async () => {
        try {
          const result = await effect()
          // It goes on only after this moment has been looked at.
          queueMicrotask(() => resolve(result))
        } catch (error) {
          reject(error)
        }
      })
      wake?.()
      return promise
    },
    run: async (work, most) => {
      let isOver = false
      let failure: { error: unknown } | undefined
      work
        .catch((error: unknown) => (failure = { error }))
        .finally(() => {
          isOver = true
          wake?.()
        })
      for (let steps = 0; steps < most;) {
        await calm()
        if (failure !== undefined) throw failure.error
        if (isOver) return
        const [next] = waiting.splice(random.below(waiting.length), 1)
        if (next === undefined) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        await next()
        await afterEach()
        steps++
      }
      await calm()
      if (failure !== undefined) throw failure.error
    },
  }
}
