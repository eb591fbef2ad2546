import type { Rest } from "../../../src/ports/pause.ts"
import { createReport } from "../../../src/services/gc-report.ts"
import { collectReviewed, type GcWork } from "../../../src/services/gc-sweep.ts"
import type { Turn } from "../turn.ts"
import { databaseNow } from "./database.ts"
import { giveUpUnnamed } from "./operations.ts"
import type { Registry } from "./registry.ts"

/** Those who work while the collector does: it must not remove what a request has to do with that began before. */
export interface Requests {
  /** Resolves when what is deleted can be told from what they will delete. */
  begin(): Promise<void>
  open(): void
  ended(worker: number): void
  leave(worker: number): void
  /** Resolves when no request is under way any more that is now. */
  turnOver(): Promise<void>
}

export function createRequests(workers: number): Requests {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  let waiting: { left: Set<number>; resolve: () => void } | undefined
  const working = new Set(Array.from({ length: workers }, (_, worker) => worker))
  function ended(worker: number): void {
    waiting?.left.delete(worker)
    if (waiting?.left.size === 0) waiting.resolve()
  }
  return {
    begin: () => opened,
    open,
    ended,
    leave: (worker) => {
      working.delete(worker)
      ended(worker)
    },
    turnOver: async () => {
      if (working.size === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = { left: new Set(working), resolve }
      await promise
    },
  }
}

const rest: Rest = () => Promise.resolve(false)
const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }

/**
 * Collects what was deleted before the others began, as if its grace period were over: rows are reviewed and blobs
 * condemned while they push, and when all that they had begun by then has ended, objects and rows go. Gives how many
 * objects.
 */
export async function collectBeside(
  { metadata, store }: Registry,
  turns: readonly Turn[],
  requests: Requests,
): Promise<number> {
  for (const turn of turns) await giveUpUnnamed(turn)
  const before = databaseNow()
  // What they touch is later than that by a millisecond at least.
  while (databaseNow() === before) await Bun.sleep(1)
  requests.open()
  const work: GcWork = {
    records: metadata.gc,
    store,
    rest,
    log,
    report: createReport(before),
    cutoffs: { touchedBefore: before, deletedBefore: before, untaggedBefore: undefined },
    held: [],
    failed: new Set<string>(),
    signal: new AbortController().signal,
    progress: () => undefined,
  }
  await collectReviewed(work, () => 0)
  const condemnedBefore = databaseNow()
  await requests.turnOver()
  await collectReviewed(work, () => condemnedBefore)
  return work.report.removed
}
