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
  signal: AbortSignal
  progress: (progress: Progress) => void
  /** Somebody wants to know all that goes. */
  notes?: GcNotes | undefined
}

/** Rows in one transaction, for which other writes wait: a millisecond or two while there are any, ten while there are none. */
const [BUSY_STEP, STEP] = [8, 50]
/** Objects that are removed at the same time. */
const AT_ONCE = 8

/** What goes lets go of what comes after it. */
const ORDER: readonly ReviewKind[] = ["untagged", "manifest", "link", "blob", "repository"]

/** Looks at all that is due, and then ends what was condemned before. `condemnedBefore`: epoch ms, asked when it comes to that. */
export async function collectReviewed(work: GcWork, condemnedBefore: () => number): Promise<void> {
  const { records, cutoffs, signal, rest, held } = work
  const { due: total } = await records.countBacklog(cutoffs)
  let [done, limit] = [0, BUSY_STEP]
  for (const kind of ORDER) {
    for (let hasMore = true; hasMore; limit = stepOf(await rest())) {
      signal.throwIfAborted()
      const outcome = await records.review(kind, { ...cutoffs, held, limit })
      fp("gc.reviewed")
      // An index lets go of its children, and those of theirs.
      hasMore = outcome.hasMore || (kind === "untagged" && outcome.collected.length > 0)
      addOutcome(work.report, kind, outcome)
      await work.notes?.noteReviewed(kind, outcome.collected)
      done += outcome.looked
      work.progress({ done, total: Math.max(total, done) })
    }
  }
  await removeGivenUp(work)
  for (let hasMore = true; hasMore;) {
    signal.throwIfAborted()
    const copies = await records.giveUp({ condemnedBefore: condemnedBefore(), limit })
    fp("gc.given_up")
    hasMore = copies.length === limit
    // Condemned by an earlier run, perhaps; what has another copy does not go for those who read it.
    await work.notes?.noteBlobs(copies.filter(({ isSuperseded }) => !isSuperseded).map(({ digest }) => digest))
    limit = stepOf(await removeGivenUp(work))
    done += copies.length
    work.progress({ done, total: Math.max(total, done) })
  }
}

function stepOf(isBusy: boolean): number {
  return isBusy ? BUSY_STEP : STEP
}

/**
 * Removes the objects of copies that were given up, by this run or by one that was killed. An object that cannot be
 * removed stays given up, and is tried again by the next run; the others go. Gives whether the server has other things to do.
 */
export async function removeGivenUp({ records, store, report, signal, rest, log }: GcWork): Promise<boolean> {
  const failed = new Set<string>()
  for (let isBusy = true; ; isBusy = await rest()) {
    signal.throwIfAborted()
    const listed = await records.listGivenUp(stepOf(isBusy) + failed.size)
    const copies = listed.filter((copy) => !failed.has(nameOf(copy)))
    if (copies.length === 0) return isBusy
    const gone: StoredCopy[] = []
    for (let start = 0; start < copies.length; start += AT_ONCE) {
      await Promise.all(
        copies.slice(start, start + AT_ONCE).map(async (copy) => {
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
    // A storage that removes nothing at all is not asked for each of a million objects.
    if (gone.length === 0) return isBusy
  }
}

function nameOf({ digest, generation }: StoredCopy): string {
  return `${digest} ${generation}`
}
