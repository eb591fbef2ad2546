import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { Logger } from "../ports/logger.ts"
import type { GcCutoffs, GcRecords, ReviewKind, StoredCopy } from "../ports/metadata/gc.ts"
import type { Rest } from "../ports/pause.ts"
import type { GcNotes } from "./gc-notes.ts"
import { addOutcome, type GcReport } from "./gc-report.ts"
import type { Progress } from "./jobs.ts"
import { fp } from "../failpoint.ts"

export interface Sweep {
  records: GcRecords
  store: Pick<BlobStore, "remove" | "list">
  rest: Rest
  log: Logger
}

export interface GcWork extends Sweep {
  report: GcReport
  cutoffs: GcCutoffs
  held: readonly RepositoryName[]
  /** Objects that could not be removed in this run, by digest and generation. */
  failed: Set<string>
  signal: AbortSignal
  progress: (progress: Progress) => void
  /** Somebody wants to know all that goes. */
  notes?: GcNotes | undefined
}

/** Rows in one transaction, for which other writes wait: a few milliseconds while there are any, ten while there are none. */
const [BUSY_STEP, STEP] = [16, 50]
/** Objects that are removed at the same time, by threads that others read and write files with. */
const [BUSY_AT_ONCE, AT_ONCE] = [2, 8]

/** After so many objects that cannot be removed it is the storage: it is not asked for each of a million. */
const MOST_FAILED = 1000

/** What goes lets go of what comes after it. */
const ORDER: readonly ReviewKind[] = ["untagged", "manifest", "link", "blob", "repository"]

/**
 * Ends what was condemned before, for on a full disk that is what makes room; looks at all that is due; and ends what has
 * been condemned since, should it be time for it. `condemnedBefore`: epoch ms, asked when it comes to that.
 */
export async function collectReviewed(work: GcWork, condemnedBefore: () => number): Promise<void> {
  const { records, cutoffs } = work
  const { due } = await records.countBacklog(cutoffs)
  const tally: Tally = { done: 0, total: due }
  await endCondemned(work, tally, condemnedBefore)
  await reviewDue(work, tally)
  await endCondemned(work, tally, condemnedBefore)
}

/** Ends what was condemned before then, epoch ms, and nothing else. */
export function collectCondemned(work: GcWork, condemnedBefore: number): Promise<void> {
  return endCondemned(work, { done: 0, total: 0 }, () => condemnedBefore)
}

interface Tally {
  done: number
  total: number
}

function tell({ progress }: GcWork, tally: Tally, looked: number): void {
  tally.done += looked
  tally.total = Math.max(tally.total, tally.done)
  progress({ ...tally })
}

async function reviewDue(work: GcWork, tally: Tally): Promise<void> {
  const { records, cutoffs, signal, rest, held } = work
  let limit = BUSY_STEP
  for (const kind of ORDER) {
    for (let hasMore = true; hasMore; limit = stepOf(await rest())) {
      signal.throwIfAborted()
      const outcome = await records.review(kind, { ...cutoffs, held, limit })
      fp("gc.reviewed")
      // An index lets go of its children, and those of theirs.
      hasMore = outcome.hasMore || (kind === "untagged" && outcome.collected.length > 0)
      addOutcome(work.report, kind, outcome)
      await work.notes?.noteReviewed(kind, outcome.collected)
      tell(work, tally, outcome.looked)
    }
  }
}

async function endCondemned(work: GcWork, tally: Tally, condemnedBefore: () => number): Promise<void> {
  const { records, signal } = work
  let limit = stepOf(await removeGivenUp(work))
  for (let hasMore = true; hasMore;) {
    signal.throwIfAborted()
    const copies = await records.giveUp({ condemnedBefore: condemnedBefore(), limit })
    fp("gc.given_up")
    hasMore = copies.length === limit
    // Condemned by an earlier run, perhaps; what has another copy does not go for those who read it.
    await work.notes?.noteBlobs(copies.filter(({ isSuperseded }) => !isSuperseded).map(({ digest }) => digest))
    limit = stepOf(await removeGivenUp(work))
    tell(work, tally, copies.length)
  }
}

function stepOf(isBusy: boolean): number {
  return isBusy ? BUSY_STEP : STEP
}

/**
 * Removes the objects of copies that were given up, by this run or by one that was killed. An object that cannot be
 * removed stays given up, and is tried again by the next run; the others go. Gives whether the server has other things to do.
 */
export async function removeGivenUp(work: GcWork): Promise<boolean> {
  const { records, store, report, signal, rest, log, failed } = work
  for (let isBusy = true; ; isBusy = await rest()) {
    signal.throwIfAborted()
    const listed = await records.listGivenUp(stepOf(isBusy) + failed.size)
    const copies = listed.filter((copy) => !failed.has(nameOf(copy)))
    if (copies.length === 0 || failed.size >= MOST_FAILED) return isBusy
    const gone: StoredCopy[] = []
    const atOnce = isBusy ? BUSY_AT_ONCE : AT_ONCE
    for (let start = 0; start < copies.length; start += atOnce) {
      await Promise.all(
        copies.slice(start, start + atOnce).map(async (copy) => {
          try {
            await store.remove(copy)
            fp("gc.object_removed")
            gone.push(copy)
          } catch (error) {
            if (failed.size === 0)
              log.warn("an object could not be removed: it is tried again later", { ...copy, error })
            failed.add(nameOf(copy))
          }
        }),
      )
    }
    const collected = await records.forget(gone)
    fp("gc.row_removed")
    report.removed += collected.length
    report.removedBytes += collected.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    report.failures = failed.size
  }
}

function nameOf({ digest, generation }: StoredCopy): string {
  return `${digest} ${generation}`
}
