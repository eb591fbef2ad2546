import type { Random } from "../random.ts"

/**
 * What may happen to a call of a driver. `lost reply`: it is done and fails all the same. `torn`: a part of it is done
 * before it fails. `short`: a read gives less than was asked for. `wrong bytes`: a read gives others, and no error.
 */
export type Fault = "EIO" | "ENOSPC" | "EDQUOT" | "lost reply" | "torn" | "short" | "wrong bytes" | "delay"

export const FAULTS: readonly Fault[] = [
  "EIO",
  "ENOSPC",
  "EDQUOT",
  "lost reply",
  "torn",
  "short",
  "wrong bytes",
  "delay",
]

/** `once`: one call suffers the fault. `from then on`: every one that could, until the operation has ended. */
export type Mode = "once" | "from then on"

export const MODES: readonly Mode[] = ["once", "from then on"]

/** Decides about one call, which could suffer any of `possible`. */
export type Plan = (possible: readonly Fault[]) => Fault | undefined

/** What happened to which call: `files.rename: EIO`. */
export interface Fired {
  call: string
  fault: Fault
}

/** Asked by every driver before every call. Without a plan nothing happens. */
export interface Faults {
  draw(call: string, possible: readonly Fault[]): Fault | undefined
  arm(plan: Plan): void
  /** Ends the plan; gives what it made happen. */
  disarm(): Fired[]
  isArmed(): boolean
  /** What has happened since `arm`. */
  fired(): readonly Fired[]
  /** A driver saw the program do what it must not do after a fault. */
  accuse(violation: string): void
  /** Gives what was seen since the last call. */
  takeViolations(): string[]
}

export function createFaults(): Faults {
  let plan: Plan | undefined
  let fired: Fired[] = []
  const violations: string[] = []
  return {
    draw: (call, possible) => {
      const fault = plan?.(possible)
      if (fault !== undefined) fired.push({ call, fault })
      return fault
    },
    arm: (next) => {
      plan = next
      fired = []
    },
    disarm: () => {
      plan = undefined
      return fired
    },
    isArmed: () => plan !== undefined,
    fired: () => fired,
    accuse: (violation) => void violations.push(violation),
    takeViolations: () => violations.splice(0),
  }
}

/** The nth call that could suffer the fault does, and no other. */
export function atNth(nth: number, fault: Fault): Plan {
  let count = 0
  return (possible) => (possible.includes(fault) && ++count === nth ? fault : undefined)
}

/** A disk that has become full or broken: every call from the nth on. */
export function fromNth(nth: number, fault: Fault): Plan {
  let count = 0
  return (possible) => (possible.includes(fault) && ++count >= nth ? fault : undefined)
}

/** So many of all calls, each with one of its faults. */
export function atRandom(random: Random, share: number): Plan {
  return (possible) => (random.chance(share) ? random.pick(possible) : undefined)
}

/** An error as the system reports it. */
export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: injected into ${call}`), { code })
}

/** Those that make a call fail, with the error's code. */
export const CODES: Partial<Record<Fault, string>> = {
  EIO: "EIO",
  ENOSPC: "ENOSPC",
  EDQUOT: "EDQUOT",
  "lost reply": "EIO",
  torn: "ENOSPC",
}

export const DELAY_MS = 2
