import { collectCondemned, collectReviewed, type GcWork } from "./gc-sweep.ts"
import { walkObjects, walkRecords, type Walks } from "./gc-walks.ts"

export interface RehearsalRules {
  isNow: boolean
  isAlone: boolean
  /** Of an object without a record. */
  graceMs: number
  delayMs: number
}

/**
 * Does to a copy of the records what the run would do, and then what would come of that after the delay. Each kind of
 * delay ends by itself, one after the other: that tells them apart.
 */
export async function rehearseWork(work: GcWork & Walks, rules: RehearsalRules): Promise<void> {
  const { report, clock } = work
  const { isNow, isAlone, graceMs, delayMs } = rules
  await walkRecords(work, { isWhole: true })
  // First: what the review takes from the copy is stored still, and would look like orphans. Without --now they go on a
  // walk of some later day. What goes at the first look is noted at the second, and no more.
  await walkObjects(work, { isWhole: true, graceMs, delayMs: isAlone ? -Infinity : isNow ? delayMs : Infinity })
  const seenBefore = report.orphans
  await walkObjects(work, { isWhole: true, graceMs, delayMs: -Infinity })
  const orphans = report.orphans - seenBefore
  await collectCondemned(work, isAlone ? Infinity : clock.now() - delayMs)
  const atOnce = report.removed - orphans
  await collectCondemned(work, Infinity)
  const condemnedBefore = report.removed - orphans - atOnce
  await collectReviewed(work, () => Infinity)
  const condemned = report.removed - orphans - atOnce - condemnedBefore
  if (!isAlone) report.later = { condemnedBefore, condemned, orphans }
}
