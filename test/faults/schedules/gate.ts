import { AsyncLocalStorage } from "node:async_hooks"

/** What goes on when a caller that waits at the gate is let through. */
export interface Passage {
  /** `read` and `write`: the effect of a call. `local`: what its caller does with the answer, up to its next call. */
  kind: "read" | "write" | "local"
  /** What is touched: the database, an object of the storage; for `local` what the caller may keep in memory of. */
  resource: string
  /** What the call is about: tells its steps from those that the caller makes beside it. */
  about: string
  label: string
}

export interface Waiting extends Passage {
  /** The same for the same caller's same step in every schedule that begins alike. */
  id: string
  caller: string
  pass: () => void
}

/** Where every call to the database and the storage waits, before its effect and after it, until it is let through. */
export interface Gate {
  enter(passage: Passage): Promise<void>
  /** Runs `work` as the caller of that name; outside of it nothing waits. */
  run<T>(caller: string, work: () => Promise<T>): Promise<T>
  /** From now on callers are handed to `admit`; `undefined`: the gate is open. */
  guard(admit: ((waiting: Waiting) => void) | undefined): void
}

export function createGate(): Gate {
  const callers = new AsyncLocalStorage<{ name: string; steps: Map<string, number> }>()
  let admit: ((waiting: Waiting) => void) | undefined
  return {
    enter: (passage) => {
      const caller = callers.getStore()
      const wait = admit
      if (caller === undefined || wait === undefined) return Promise.resolve()
      return new Promise((pass) => {
        const step = `${caller.name}: ${passage.label} ${passage.about}`
        const times = (caller.steps.get(step) ?? 0) + 1
        caller.steps.set(step, times)
        wait({ ...passage, id: `${step} ${times}`, caller: caller.name, pass })
      })
    },
    run: (name, work) => callers.run({ name, steps: new Map() }, work),
    guard: (next) => {
      admit = next
    },
  }
}

/**
 * Resolves when every caller waits at the gate, or is done: what is done between two steps happens in microtasks, or in the
 * turn after this one where others are let in first.
 */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve))
}

/** The resource of a step that may touch any other. */
export const ANYTHING = "*"

/** Whether the order of two steps of different callers can make a difference. */
export function isDependent(one: Passage, other: Passage): boolean {
  // What is kept in memory is touched by local steps alone, and what is stored by the others alone.
  if ((one.kind === "local") !== (other.kind === "local")) return false
  if (one.resource !== other.resource && one.resource !== ANYTHING && other.resource !== ANYTHING) return false
  return one.kind !== "read" || other.kind !== "read"
}
