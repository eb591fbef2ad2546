import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { Probe } from "../ports/probe.ts"

export interface HealthCheck {
  probe: Probe
  /** Failures in a row that make the registry unhealthy; 0 counts as 1. */
  threshold: number
}

export interface Health {
  /** Whether requests may be answered: no check has failed as often as its threshold. */
  isHealthy(): boolean
  /** Name of each check that makes the registry unhealthy, and what is wrong. */
  describeFailing(): Record<string, string>
  /** Looks once, and keeps what came out. */
  run(check: HealthCheck): Promise<void>
}

interface State {
  failures: number
  reason: string
  since: number
}

/** Until a check has been run it counts as passed, as in distribution. */
export function createHealth({ clock, log }: { clock: Clock; log: Logger }): Health {
  /** Those that failed when they were last run. */
  const failed = new Map<string, State>()
  /** Those that failed often enough: asked for with each request. */
  const failing = new Map<string, State>()

  function fail({ probe: { name }, threshold }: HealthCheck, reason: string): void {
    const { failures = 0, since = clock.now() } = failed.get(name) ?? {}
    const state = { failures: failures + 1, reason, since }
    failed.set(name, state)
    if (state.failures < threshold) return log.warn("a health check failed", { check: name, reason })
    if (!failing.has(name)) log.error("the registry is unhealthy: requests are answered 503", { check: name, reason })
    failing.set(name, state)
  }

  function pass({ probe: { name } }: HealthCheck): void {
    const before = failing.get(name)
    failed.delete(name)
    if (!failing.delete(name) || before === undefined) return
    const seconds = Math.round((clock.now() - before.since) / 1000)
    log.warn("a health check passes again", { check: name, failedForSeconds: seconds })
  }

  return {
    isHealthy: () => failing.size === 0,
    describeFailing: () => Object.fromEntries([...failing].map(([name, { reason }]) => [name, reason])),
    run: (check) =>
      check.probe.check().then(
        () => pass(check),
        (error: unknown) => fail(check, error instanceof Error ? error.message : String(error)),
      ),
  }
}
