import { createReport } from "../../../src/services/gc-report.ts"
import { collectReviewed, type GcWork } from "../../../src/services/gc-sweep.ts"
import { walkObjects, walkRecords, type Walks } from "../../../src/services/gc-walks.ts"
import type { GcRules } from "../../../src/services/gc.ts"
import type { Services } from "./world.ts"

/**
 * A whole run of the collector, with the grace period waived or not; or a part of one: of what waits to be looked at, of
 * the manifests or the links and blobs among that, of the rows, of the stored objects; or what a collector did that was killed before it
 * removed an object.
 */
export type Phase = "run" | "run now" | "reviews" | "manifests" | "links" | "rows" | "objects" | "give up"

export const GRACE_HOURS = 24
const SWEEP_DELAY_MINUTES = 20

export function createRules(untaggedHours: number | undefined): GcRules {
  return {
    graceSeconds: GRACE_HOURS * 3600,
    sweepDelaySeconds: SWEEP_DELAY_MINUTES * 60,
    untaggedSeconds: untaggedHours === undefined ? undefined : untaggedHours * 3600,
    isPaused: false,
    keepSeconds: 90 * 86_400,
  }
}

/** Does the part that is asked for. */
export async function collect(services: Services, phase: Phase): Promise<void> {
  const { metadata, clock, gc } = services
  const condemnedBefore = clock.now() - SWEEP_DELAY_MINUTES * 60_000
  switch (phase) {
    case "run":
    case "run now": {
      const isNow = phase === "run now"
      const report = await gc.run({ isNow, isAlone: false, untagged: false, signal: NEVER })
      if (report.skipped !== undefined) throw new Error(`nothing was collected: ${report.skipped}`)
      return
    }
    case "reviews":
      return collectReviewed(createWork(services), () => condemnedBefore)
    case "manifests":
      return void (await metadata.gc.review("manifest", { ...createWork(services).cutoffs, held: [], limit: 100 }))
    case "links": {
      const { cutoffs } = createWork(services)
      await metadata.gc.review("link", { ...cutoffs, held: [], limit: 100 })
      await metadata.gc.review("blob", { ...cutoffs, held: [], limit: 100 })
      return
    }
    case "rows":
      return walkRecords(createWork(services), { isWhole: true })
    case "objects":
      return walkObjects(createWork(services), {
        isWhole: false,
        graceMs: GRACE_HOURS * HOUR_MS,
        delayMs: SWEEP_DELAY_MINUTES * 60_000,
      })
    case "give up":
      await metadata.gc.giveUp({ condemnedBefore, limit: 100 })
  }
}

const NEVER = new AbortController().signal
export const HOUR_MS = 3_600_000

function createWork({ metadata, store, clock, log, rules }: Services): GcWork & Walks {
  const now = clock.now()
  const touchedBefore = now - 1.5 * GRACE_HOURS * HOUR_MS
  const { untaggedSeconds } = rules
  return {
    records: metadata.gc,
    store,
    clock,
    log,
    rest: () => Promise.resolve(false),
    report: createReport(now),
    held: [],
    failed: new Set<string>(),
    signal: NEVER,
    progress: () => undefined,
    cutoffs: {
      touchedBefore,
      deletedBefore: now - GRACE_HOURS * HOUR_MS,
      untaggedBefore: untaggedSeconds && Math.min(touchedBefore, now - untaggedSeconds * 1000),
    },
  }
}
