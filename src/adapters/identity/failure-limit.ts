import { RegistryError } from "../../domain/errors.ts"
import type { Clock } from "../../ports/clock.ts"

export interface FailureLimit {
  /** Keys that are remembered, for what their windows count. */
  readonly size: number
  /**
   * Runs a check that is counted for the keys while it runs, and afterwards if it fails. Throws OVERLOADED, with
   * `retryAfterSeconds` in its detail, and does not run it when one of the keys has reached its limit.
   */
  guard(keys: readonly string[], check: () => Promise<boolean>): Promise<boolean>
}

interface FailureLimitOptions {
  clock: Clock
  /** Failures of one key in one window. */
  failures?: number
  windowSeconds?: number
  /** Keys remembered; beyond them those whose window began first are forgotten. */
  keys?: number
}

interface Window {
  count: number
  endsAt: number
}

export function createFailureLimit(options: FailureLimitOptions): FailureLimit {
  const { clock, failures = 100, windowSeconds = 60, keys: remembered = 20_000 } = options
  const windows = new Map<string, Window>()

  function findOpen(key: string): Window | undefined {
    const window = windows.get(key)
    if (window === undefined) return undefined
    const restMilliseconds = window.endsAt - clock.now()
    // More than a whole window is left only when the clock was set back: nobody is locked out for that.
    return restMilliseconds > 0 && restMilliseconds <= windowSeconds * 1000 ? window : undefined
  }

  function refuseAboveLimit(key: string): void {
    const window = findOpen(key)
    if (window === undefined || window.count < failures) return
    const retryAfterSeconds = Math.ceil((window.endsAt - clock.now()) / 1000)
    const message = `too many failed logins: try again in ${retryAfterSeconds} s`
    throw new RegistryError("OVERLOADED", message, { detail: { retryAfterSeconds } })
  }

  function count(key: string): Window {
    const open = findOpen(key)
    if (open !== undefined) {
      open.count++
      return open
    }
    windows.delete(key)
    const window = { count: 1, endsAt: clock.now() + windowSeconds * 1000 }
    windows.set(key, window)
    forgetOldest()
    return window
  }

  // The windows stand in the order in which they began, so those that are over come first.
  function forgetOldest(): void {
    for (const key of windows.keys()) {
      if (windows.size <= remembered && findOpen(key) !== undefined) return
      windows.delete(key)
    }
  }

  return {
    get size() {
      return windows.size
    },
    guard: async (keys, check) => {
      for (const key of keys) refuseAboveLimit(key)
      const counted = keys.map(count)
      let isFailure = false
      try {
        isFailure = !(await check())
        return !isFailure
      } finally {
        if (!isFailure) for (const window of counted) window.count--
      }
    },
  }
}
