import type { Scheduler } from "fast-check"
import type { Random } from "../random.ts"
import { ANYTHING, isDependent, settled, type Gate, type Passage, type Waiting } from "./gate.ts"

/** Something that runs beside the others, through the gate. */
export interface Caller {
  name: string
  run: () => Promise<void>
}

/** Runs the callers beside each other, one step at a time. Gives the steps in the order in which they were made. */
export type Conduct = (gate: Gate, callers: readonly Caller[]) => Promise<string[]>

/** Gives the one of those that wait that is let through next. */
export type Choose = (waiting: readonly Waiting[]) => Waiting

function conductBy(choose: Choose): Conduct {
  return async (gate, callers) => {
    const waiting: Waiting[] = []
    const trace: string[] = []
    gate.guard((one) => waiting.push(one))
    try {
      const { done, isDone } = begin(gate, callers)
      for (await settled(); waiting.length > 0; await settled()) {
        const next = choose(waiting)
        waiting.splice(waiting.indexOf(next), 1)
        trace.push(describe(next))
        next.pass()
      }
      if (!isDone()) await Promise.race([done, stuck(trace)])
      await done
      return trace
    } finally {
      gate.guard(undefined)
      for (const { pass } of waiting) pass()
    }
  }
}

export function conductAtRandom(random: Random): Conduct {
  return conductBy((waiting) => random.pick(waiting) ?? nobody())
}

/** The steps are tasks of fast-check's scheduler, made by `scheduler({ act: settling })`: what it finds it makes smaller. */
export function conductWith(scheduler: Scheduler): Conduct {
  return async (gate, callers) => {
    const trace: string[] = []
    gate.guard((one) => {
      const label = describe(one)
      const pass = () => {
        trace.push(label)
        one.pass()
        return label
      }
      void scheduler.schedule(Promise.resolve(), label).then(pass)
    })
    try {
      await scheduler.waitFor(begin(gate, callers).done)
      return trace
    } finally {
      gate.guard(undefined)
    }
  }
}

/** Between two steps of a scheduler everything comes to rest. */
export async function settling(act: () => Promise<void>): Promise<void> {
  await act()
  await settled()
}

function begin(gate: Gate, callers: readonly Caller[]): { done: Promise<unknown>; isDone: () => boolean } {
  let running = callers.length
  const all = callers.map(({ name, run }) =>
    gate.run(name, async () => {
      await gate.enter({ kind: "local", resource: ANYTHING, about: "", label: "begins" })
      await run().finally(() => running--)
    }),
  )
  const done = Promise.all(all)
  // It is looked at later; a rejection before that must not end the process.
  done.catch(() => undefined)
  return { done, isDone: () => running === 0 }
}

function describe({ caller, label, about }: Waiting): string {
  return `${caller}: ${label} ${about}`.trimEnd()
}

async function stuck(trace: string[]): Promise<never> {
  for (let turns = 0; turns < 100; turns++) await settled()
  throw new Error(`something waits for what never comes, after:\n  ${trace.join("\n  ")}`)
}

/** One step of the path that is being explored, and what else could have been done in its place. */
interface Fork {
  chosen: string
  /** Those that waited, by identifier. */
  steps: Map<string, Passage>
  /** Explored already from here, or from an earlier step and independent of all that came since. */
  asleep: Set<string>
}

export interface Exploration {
  schedules: number
  /** Whether every order that can make a difference was tried. */
  isComplete: boolean
}

/**
 * Plays every order of the callers' steps that can make a difference, each from a world that `play` prepares: depth first,
 * with sleep sets, so that of two orders that differ in independent steps alone one is played.
 */
export async function exploreAll(play: (conduct: Conduct) => Promise<unknown>, limit: number): Promise<Exploration> {
  const path: Fork[] = []
  for (let schedules = 1; ; schedules++) {
    let depth = 0
    let isRedundant = false
    const choose: Choose = (waiting) => {
      const first = waiting[0]
      if (first === undefined) return nobody()
      if (isRedundant) return first
      path[depth] ??= createFork(waiting, path[depth - 1])
      const fork = path[depth]
      depth++
      const chosen = waiting.find(({ id }) => id === fork?.chosen)
      if (chosen !== undefined) return chosen
      if (fork?.chosen !== "")
        throw new Error(`step ${fork?.chosen} is not there when the same schedule is played again`)
      // All that could be done here is done in other schedules.
      isRedundant = true
      return first
    }
    await play(conductBy(choose))
    path.length = Math.min(path.length, depth)
    if (!turnBack(path)) return { schedules, isComplete: true }
    if (schedules >= limit) return { schedules, isComplete: false }
  }
}

function createFork(waiting: readonly Waiting[], before: Fork | undefined): Fork {
  const steps = new Map(waiting.map((step) => [step.id, step]))
  const asleep = new Set([...(before?.asleep ?? [])].filter((id) => isIndependent(before, id)))
  return { chosen: waiting.find(({ id }) => !asleep.has(id))?.id ?? "", steps, asleep }
}

function isIndependent(before: Fork | undefined, id: string): boolean {
  const [one, other] = [before?.steps.get(id), before?.steps.get(before.chosen)]
  return one !== undefined && other !== undefined && !isDependent(one, other)
}

function nobody(): never {
  throw new Error("nobody waits")
}

/** Takes the deepest step that could have been another one; `false`: there is none left. */
function turnBack(path: Fork[]): boolean {
  for (let fork = path.at(-1); fork !== undefined; fork = path.at(-1)) {
    fork.asleep.add(fork.chosen)
    const next = [...fork.steps.keys()].find((id) => !fork.asleep.has(id))
    if (next !== undefined && fork.chosen !== "") {
      fork.chosen = next
      return true
    }
    path.pop()
  }
  return false
}
