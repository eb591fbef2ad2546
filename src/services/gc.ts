import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { DigestRecord, GcBacklog, GcCutoffs, GcRecords, GcWalk, PrunePlace } from "../ports/metadata/gc.ts"
import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Adoption } from "./adoption.ts"
import { countRun, createGcCounts, type GcCounts } from "./gc-counts.ts"
import { findHeld, type Held } from "./gc-held.ts"
import { forgetFound, openNotes } from "./gc-notes.ts"
import { rehearseWork } from "./gc-rehearsal.ts"
import { createReport, hasDoneSomething, type GcLastRun, type GcReport } from "./gc-report.ts"
import { collectReviewed, type GcWork, type Sweep } from "./gc-sweep.ts"
import { walkObjects, walkRecords, type Walks } from "./gc-walks.ts"
import type { Progress } from "./jobs.ts"
import type { Touches } from "./touches.ts"

/** Everything in seconds. */
export interface GcRules {
  graceSeconds: number
  sweepDelaySeconds: number
  /** `undefined`: what no tag and no index names stays. */
  untaggedSeconds: number | undefined
  isPaused: boolean
  /** How long the history of tags and of what was removed is kept. */
  keepSeconds: number
}

export interface GcRun {
  /**
   * Waives the grace period for what nothing refers to at this moment. What was deleted can then not be restored, and a
   * push that is under way, or a client that was told a moment ago that it need not upload something, may have to push it again.
   */
  isNow: boolean
  /** Nobody but the caller uses the store: no request can still be reading what goes. */
  isAlone: boolean
  /** Also what no tag and no index names, whatever its age. */
  untagged: boolean
  /** All that goes is kept for `GcListing`, until the next such run. */
  isListed?: boolean
  /** Nobody asked for it: where the store is to be left alone, it waits. */
  isTimed?: boolean
  /** Done to a copy of the records, and to no stored object: the report tells what would go, and what of it later. */
  isRehearsal?: boolean
  signal: AbortSignal
  progress?: (progress: Progress) => void
}

export interface GcStatus {
  rules: GcRules
  isRunning: boolean
  /** Of the run under way. */
  progress?: GcProgress
  /** Why nothing is collected at present. */
  waitsFor?: string
  /** When that is over, where it is known; epoch ms. */
  waitsUntil?: number
  /** Repositories of which nothing is collected, for something in them could not be read. */
  held: readonly RepositoryName[]
  backlog: GcBacklog
  /** The last that did something, of this process or of one before. */
  lastRun?: GcLastRun
  walks: { records?: GcWalk; objects?: GcWalk }
}

/** Of what can be counted: up to ten thousand of a kind. */
export interface GcProgress {
  done: number
  total: number
  /** By the pace so far; absent before anything is done. */
  secondsLeft?: number
}

export interface Gc {
  /** One run after the other: a second one waits for the first. Gives what it did; rejects when the signal is given. */
  run(run: GcRun): Promise<GcReport>
  status(): Promise<GcStatus>
  /** What waits for it; each figure is counted up to 10,001. */
  countBacklog(): Promise<GcBacklog>
  counts(): GcCounts
  explain(digest: Digest): Promise<DigestRecord>
  /** Nothing is collected until the function that it gives is called; it waits for a step that is under way. */
  hold(reason: string): Promise<() => void>
}

export type GcParts = Sweep & Walks

interface Dependencies extends GcParts {
  adoption: Pick<Adoption, "isSettled" | "listProblems">
  touches: Pick<Touches, "settle" | "collect" | "findTrouble" | "longestGraceSeconds">
  clock: Clock
  log: Logger
  rules: GcRules
  /** Somebody may be copying the directory: nothing is collected but what is asked for. */
  isReadOnly: boolean
  /** Gives a copy of the records, as they are now, to work on; it is thrown away afterwards. */
  rehearse: <T>(signal: AbortSignal, work: (copy: GcRecords) => Promise<T>) => Promise<T>
}

export function createGc({ adoption, touches, rules, isReadOnly, rehearse, ...parts }: Dependencies): Gc {
  const { clock, records } = parts
  const holds = new Set<{ reason: string }>()
  let running: Promise<unknown> = Promise.resolve()
  let count = 0
  let underWay: { startedAt: number; progress: Progress } | undefined
  let [walkedAt, prunedAt, listedAt] = [-Infinity, -Infinity, -Infinity]
  const counts = createGcCounts()
  let stop = new AbortController()

  function waitsFor(isTimed: boolean): string | undefined {
    const [hold] = holds
    if (hold !== undefined) return hold.reason
    if (rules.isPaused) return PAUSED
    if (isTimed && isReadOnly) return READ_ONLY
    return adoption.isSettled() ? undefined : "the take-over of the directory, of which something is not read yet"
  }

  /**
   * What a backup has is older than the restore that brought it back, and its blobs may be newer than it: the grace period
   * of everything begins with the restore. Likewise with the moment from which on it is not known what clients were told.
   */
  async function findRestoredUntil(): Promise<number | undefined> {
    const graceSeconds = Math.max(rules.graceSeconds, touches.longestGraceSeconds())
    const end = ((await records.findRestoredAt()) ?? -Infinity) + graceSeconds * 1000
    return clock.now() < end ? end : undefined
  }

  /** What this run is asked to do and what happens meanwhile both end it. */
  async function runNow(run: GcRun, report: GcReport): Promise<GcReport> {
    const held = await findHeld(adoption)
    const skipped =
      waitsFor(run.isTimed === true) ??
      (held.isEverything ? UNKNOWN_NEEDS : (await touches.settle()) ? undefined : (findUnrecorded() ?? UNRECORDED)) ??
      // Last: what could not be settled otherwise is settled by it.
      (!run.isNow && (await findRestoredUntil()) !== undefined ? RESTORED : undefined)
    if (skipped !== undefined) {
      report.skipped = skipped
      return end(report)
    }
    const untold = new AbortController()
    const signal = AbortSignal.any([run.signal, stop.signal, untold.signal])
    const cutoffs = chooseCutoffs(run, report.startedAt)
    const tell = (progress: Progress) => {
      underWay = { startedAt: report.startedAt, progress }
      run.progress?.(progress)
    }
    const reviewing = { ...records, review: reviewTold(untold) }
    const around = {
      ...parts,
      records: reviewing,
      report,
      held: held.repositories,
      failed: new Set<string>(),
      cutoffs,
      signal,
      progress: tell,
    }
    try {
      await workThrough(run, around)
    } catch (error) {
      // Held in the middle of a run: what is done is done, the rest waits.
      if (run.signal.aborted) throw error
      if (stop.signal.aborted) report.skipped = waitsFor(run.isTimed === true) ?? "it was held"
      else if (untold.signal.aborted) report.skipped = findUnrecorded() ?? UNRECORDED
      else throw error
    }
    return run.isRehearsal === true ? { ...report, endedAt: clock.now() } : end(report)
  }

  async function workThrough(run: GcRun, around: Omit<GcWork & Walks, "notes">): Promise<void> {
    const { signal, report } = around
    const notes = run.isListed === true ? await openNotes({ ...parts, signal }) : undefined
    if (notes !== undefined) [report.found, listedAt] = [notes.found, clock.now()]
    const work = { ...around, notes }
    if (run.isRehearsal === true) return rehearseRun(work, run)
    const condemnedBefore = run.isAlone ? Infinity : clock.now() - rules.sweepDelaySeconds * 1000
    // Where untagged manifests stay, nothing is queued of them.
    if (run.isAlone || run.untagged) await walkRecords(work, { isWhole: true })
    await collectReviewed(work, run.isAlone ? () => Infinity : () => condemnedBefore)
    await walk(work, run)
    await notes?.countMarked(records)
    if (clock.now() - prunedAt >= PRUNE_EVERY_MS) await prune(signal, report)
  }

  function rehearseRun(work: GcWork & Walks, run: GcRun): Promise<void> {
    const store = { ...parts.store, remove: () => Promise.resolve() }
    return rehearse(work.signal, async (copy) => {
      await rehearseWork({ ...work, records: copy, store }, { ...run, ...chooseDelays(run) })
      await work.notes?.countMarked(copy)
    })
  }

  /** Clients are told of blobs while a run goes on: when that cannot be put on record, nothing more may go. */
  function reviewTold(untold: AbortController): GcRecords["review"] {
    return async (kind, step) => {
      const outcome = await touches.collect(() => records.review(kind, step))
      if (outcome !== undefined) return outcome
      untold.abort()
      throw untold.signal.reason
    }
  }

  function findUnrecorded(): string | undefined {
    const trouble = touches.findTrouble()
    return trouble === undefined ? undefined : `${UNRECORDED}: ${trouble}`
  }

  /** A part of each walk, however often there is a run: what is found on a walk is in no hurry. */
  async function walk(work: GcWork & Walks, run: GcRun): Promise<void> {
    if (run.isTimed === true && clock.now() - walkedAt < WALK_EVERY_MS) return
    if (!run.isAlone) await walkRecords(work, { isWhole: false })
    await collectOrphans(work, run)
    walkedAt = clock.now()
  }

  async function collectOrphans(work: GcWork & Walks, run: GcRun): Promise<void> {
    const { graceMs, delayMs } = chooseDelays(run)
    if (!run.isAlone) return walkObjects(work, { isWhole: run.isNow, graceMs, delayMs })
    // Nobody brings an object meanwhile: what has no row at two looks has none.
    for (let looks = 0; looks < 2; looks++) await walkObjects(work, { isWhole: true, graceMs, delayMs: -Infinity })
  }

  /** Of an object without a record. */
  function chooseDelays({ isNow, isAlone }: GcRun): { graceMs: number; delayMs: number } {
    const graceMs = isNow && isAlone ? -Infinity : rules.graceSeconds * 1000
    return { graceMs, delayMs: rules.sweepDelaySeconds * 1000 }
  }

  async function runCounted(run: GcRun): Promise<GcReport> {
    const report = createReport(clock.now())
    parts.rest.begin?.()
    const tell = (ending: keyof GcCounts["runs"] | undefined) =>
      run.isRehearsal === true ? undefined : countRun(counts, report, ending)
    try {
      const ended = await runNow(run, report)
      tell(ended.skipped === undefined ? "done" : "skipped")
      return ended
    } catch (error) {
      tell(run.signal.aborted ? undefined : "failed")
      throw error
    }
  }

  function countBacklog(): Promise<GcBacklog> {
    return records.countBacklog(chooseCutoffs({ isNow: false, untagged: false }, clock.now()))
  }

  async function end(report: GcReport): Promise<GcReport> {
    report.endedAt = clock.now()
    const { sample: _, found: __, ...lastRun } = report
    if (hasDoneSomething(report)) await records.putRun(lastRun)
    return report
  }

  function chooseCutoffs({ isNow, untagged }: Pick<GcRun, "isNow" | "untagged">, at: number): GcCutoffs {
    const before = (seconds: number) => at - seconds * 1000
    const { untaggedSeconds } = rules
    if (isNow) {
      const untaggedBefore = untagged ? at : untaggedSeconds && before(untaggedSeconds)
      return { touchedBefore: at, deletedBefore: at, waivesGrace: true, untaggedBefore, endsUntagged: untagged }
    }
    // What is told twice in a grace period is put on record once; it may have been another grace period when it was told.
    const graceSeconds = touches.longestGraceSeconds()
    const touchedBefore = before(1.5 * graceSeconds)
    const untaggedBefore = untaggedSeconds && Math.min(touchedBefore, before(untaggedSeconds))
    return { touchedBefore, deletedBefore: before(rules.graceSeconds), untaggedBefore }
  }

  async function prune(signal: AbortSignal, report: GcReport): Promise<void> {
    const before = clock.now() - rules.keepSeconds * 1000
    let [limit, after] = [BUSY_PRUNE_STEP, undefined as PrunePlace | undefined]
    do {
      signal.throwIfAborted()
      const { rows, next } = await records.prune(before, { limit, ...(after !== undefined && { after }) })
      report.forgotten += rows
      after = next
      limit = (await parts.rest()) ? BUSY_PRUNE_STEP : PRUNE_STEP
    } while (after !== undefined)
    // Whoever asked for a list has read it by now.
    if (clock.now() - listedAt >= PRUNE_EVERY_MS) await forgetFound({ ...parts, signal })
    prunedAt = clock.now()
  }

  return {
    run: (run) => {
      const turn = running.then(async () => {
        run.signal.throwIfAborted()
        count++
        return runCounted(run).finally(() => {
          count--
          underWay = undefined
        })
      })
      running = turn.catch(() => undefined)
      return turn
    },
    status: async () => {
      const held: Held = await findHeld(adoption)
      const stopped = waitsFor(true) ?? (held.isEverything ? UNKNOWN_NEEDS : findUnrecorded())
      const waitsUntil = stopped === undefined ? await findRestoredUntil() : undefined
      const reason = waitsUntil === undefined ? stopped : RESTORED
      const [recordsWalk, objectsWalk] = [await records.findWalk("records"), await records.findWalk("objects")]
      const lastRun = await records.findRun()
      return {
        rules,
        isRunning: count > 0,
        ...(underWay !== undefined && { progress: estimate(underWay.progress, clock.now() - underWay.startedAt) }),
        ...(reason !== undefined && { waitsFor: reason }),
        ...(waitsUntil !== undefined && { waitsUntil }),
        held: held.repositories,
        backlog: await countBacklog(),
        ...(lastRun !== undefined && { lastRun: lastRun as GcLastRun }),
        walks: { ...(recordsWalk && { records: recordsWalk }), ...(objectsWalk && { objects: objectsWalk }) },
      }
    },
    countBacklog,
    counts: () => counts,
    explain: (digest) => records.explain(digest),
    hold: async (reason) => {
      const hold = { reason }
      holds.add(hold)
      stop.abort()
      await running
      stop = new AbortController()
      return () => void holds.delete(hold)
    },
  }
}

const WALK_EVERY_MS = 30 * 1000
/** Rows that are looked at in one transaction, while there are other writes and while there are none. */
const [BUSY_PRUNE_STEP, PRUNE_STEP] = [200, 1000]
/** Each time all that is old is looked at, also what stays. */
const PRUNE_EVERY_MS = 60 * 60 * 1000
const PAUSED = "gc.paused, which is set in the configuration: set it to false, and start the server anew"
const READ_ONLY = "the end of read-only mode, which is set in the configuration: berth gc run collects meanwhile"
const RESTORED = "the grace period of what berth restore has brought back, or a full disk has kept from being recorded"
const UNRECORDED = "pulls that could not be put on record"
const UNKNOWN_NEEDS =
  "faults of the directory that was taken over, which may be about any repository: see berth adopt --report"

function estimate({ done, total = done }: Progress, elapsedMs: number): GcProgress {
  if (done === 0) return { done, total }
  return { done, total, secondsLeft: Math.round((elapsedMs * (total - done)) / done / 1000) }
}
