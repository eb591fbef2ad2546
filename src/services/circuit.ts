import type { Clock } from "../ports/clock.ts"

/** Tells when to try again what has failed: soon at first, and after `threshold` failures in a row `backoffMs` after each. */
export interface Circuit {
  /** How long to leave it alone, milliseconds. */
  restMs(): number
  /** Whether so much has failed in a row that one attempt at a time is enough. */
  isOpen(): boolean
  noteSuccess(): void
  /** Gives how many failures in a row there are now. */
  noteFailure(): number
}

export interface CircuitOptions {
  clock: Clock
  threshold: number
  backoffMs: number
  /** The rest after a first failure; it grows by as much with each further one. */
  pauseMs: number
}

export function createCircuit({ clock, threshold, backoffMs, pauseMs }: CircuitOptions): Circuit {
  let failures = 0
  let restsUntil = 0

  return {
    restMs: () => Math.max(0, restsUntil - clock.now()),
    isOpen: () => failures >= threshold,
    noteSuccess: () => {
      failures = 0
      restsUntil = 0
    },
    noteFailure: () => {
      failures++
      restsUntil = clock.now() + (failures >= threshold ? backoffMs : Math.min(backoffMs, failures * pauseMs))
      return failures
    },
  }
}
