import type { Logger } from "../ports/logger.ts"
import type { Gc } from "../services/gc.ts"
import { hasDoneSomething, type GcReport } from "../services/gc-report.ts"
import type { Job } from "./schedule.ts"

interface GcJobOptions {
  gc: Pick<Gc, "run">
  log: Logger
  intervalSeconds: number
  signal: AbortSignal
}

/** Collects garbage, again and again. The signal ends a run at its next step; what is left the next one does. */
export function createGcJob({ gc, log, intervalSeconds, signal }: GcJobOptions): Job {
  let reason: string | undefined
  return {
    name: "gc",
    everySeconds: intervalSeconds,
    run: async () => {
      if (signal.aborted) return
      const run = { isNow: false, isAlone: false, untagged: false, isTimed: true, signal }
      const report = await gc.run(run).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (report === undefined) return
      if (hasDoneSomething(report)) log.info("garbage was collected", describe(report))
      // Said once, and not in each run.
      if (report.skipped !== undefined && report.skipped !== reason)
        log.info("no garbage is collected for now", { waitsFor: report.skipped })
      reason = report.skipped
    },
  }
}

function describe(report: GcReport): Record<string, unknown> {
  const { untagged, manifests, links, condemned, removed, removedBytes, orphans, failures, startedAt, endedAt } = report
  const seconds = Math.round((endedAt - startedAt) / 100) / 10
  return { untagged, manifests, links, condemned, removed, removedBytes, orphans, failures, seconds }
}
