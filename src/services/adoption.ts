import type { AdoptionProgress, AdoptionReport, Problem } from "../domain/adoption.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { LinkKey, LinkTree } from "../ports/link-tree.ts"
import type { AdoptionRecords, AdoptionRun } from "../ports/metadata/adoption.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { Pause } from "../ports/pause.ts"
import { createAdoptionContent, type ContentLimits } from "./adoption-content.ts"
import { createItemAdoption } from "./adoption-item.ts"
import { createRepositoryAdoption, type RepositoryRun } from "./adoption-repository.ts"
import { forEachAtOnce } from "./steps.ts"
import { createTally } from "./adoption-tally.ts"
import { createTurns } from "./adoption-turns.ts"
import { fp } from "../failpoint.ts"

/** Takes over, in place, what distribution wrote, and what it has written since. Nothing of it is changed. */
export interface Adoption {
  /** A quick look before anything is served: whether there is something to take over. */
  open(): Promise<void>
  /**
   * Takes over everything; what has not changed since the last time costs a look at each link. `isFull` looks at all that
   * the links stand for as well, as the first run does. One that is under way is joined, and stops when all who wait for it have given their signal.
   * `undefined`: there is nothing.
   */
  run(options: RunOptions): Promise<AdoptionReport | undefined>
  /** The work after a run, and no run beside it: one would merge what it saw before the work changed it. */
  runThen<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>
  state(): AdoptionState
  /**
   * Until the run has ended: takes over the one thing, or without a key the whole repository, and resolves when the
   * metadata is as the tree has it. `undefined`, at once, when there is nothing to wait for.
   */
  ensure(repository: RepositoryName, key?: LinkKey): Promise<void> | undefined
  /** Whether repositories may be missing from listings. */
  isPartial(): boolean
  /** Whether everything that the tree needs is in the metadata: nothing may be collected before. */
  isSettled(): boolean
  /** The last full run. */
  findRun(): Promise<AdoptionRun | undefined>
  /** What was wrong then, and what was found wrong since; see `AdoptionRecords`. */
  listProblems(page: PageRequest): Promise<Page<Problem>>
}

export interface RunOptions {
  isFull: boolean
  signal: AbortSignal
  onProgress?: (state: AdoptionState) => void
}

export interface AdoptionState {
  is: "idle" | "waiting" | "running"
  progress: AdoptionProgress
  /** Known once everything was counted. */
  total?: AdoptionProgress
  /** Of the last run of this process. */
  report?: AdoptionReport
}

interface Dependencies {
  links: LinkTree
  store: Pick<BlobStore, "findSize" | "read" | "verify">
  records: AdoptionRecords
  repositories: Pick<RepositoryRecords, "exists">
  clock: Clock
  pause: Pause
  limits: ContentLimits
}

interface Running {
  isFull: boolean
  /** Who waits for it. */
  callers: Set<RunOptions>
  controller: AbortController
  end: PromiseWithResolvers<AdoptionReport | undefined>
}

/** Repositories at once: small ones share the commits of their batches. */
const WIDTH = 4

export function createAdoption(dependencies: Dependencies): Adoption {
  const { links, store, records, repositories, clock, pause, limits } = dependencies
  const content = createAdoptionContent({ links, store, records, limits })
  const items = createItemAdoption({ links, records, content })
  const adoptRepository = createRepositoryAdoption({ links, store, records, content, items })
  const turns = createTurns(pause)
  let isPending = false
  let isPartial = false
  let isUnsure = false
  let running: Running | undefined
  /** Resolves when runs may begin again. */
  let held: Promise<void> | undefined
  const done = new Set<RepositoryName>()
  const underWay = new Map<RepositoryName, Promise<void>>()
  let state: AdoptionState = { is: "idle", progress: { repositories: 0, links: 0 } }

  function adoptOnce(repository: RepositoryName, run: RepositoryRun): Promise<void> {
    const begun = underWay.get(repository)
    if (begun !== undefined) return begun
    const work = adoptRepository(repository, run).finally(() => underWay.delete(repository))
    underWay.set(repository, work)
    return work
  }

  async function isUnchanged(repository: RepositoryName, key: LinkKey): Promise<boolean> {
    const link = await links.read(repository, key)
    if (link.is === "damaged") return true
    const [base] = await records.findBase(repository, key.kind, [key.name])
    return base === (link.is === "link" ? link.digest : undefined)
  }

  function settle(repository: RepositoryName, key: LinkKey | undefined): Promise<void> {
    if (key === undefined) return turns.goFirst(repository, () => settleRepository(repository))
    return turns.goFirst(undefined, async () => {
      if (!(await isUnchanged(repository, key))) await items.adopt(repository, key)
    })
  }

  async function settleRepository(repository: RepositoryName): Promise<void> {
    const joined = underWay.get(repository)?.then(
      () => true,
      () => false,
    )
    if ((await joined) === true) return
    // Nobody asked for it before, or the run that was at it has been cancelled. Its problems are counted in a run.
    const tally = createTally({ putProblems: async () => undefined })
    await adoptOnce(repository, { isFull: false, tally, signal: new AbortController().signal, pause })
    // The run comes to it again, for the report; whoever asks need not wait twice.
    if (isPending) done.add(repository)
  }

  async function count(signal: AbortSignal): Promise<AdoptionProgress> {
    const total = { repositories: 0, links: 0 }
    for await (const entry of links.walk()) {
      signal.throwIfAborted()
      if (entry.is === "problem") continue
      total.repositories++
      for (const kind of ["tag", "manifest", "blob"] as const) {
        total.links += (await links.list(entry.name, kind)).names.length
      }
      if (!isPartial && !(await repositories.exists(entry.name))) isPartial = true
      await turns.giveWay(signal)
    }
    return total
  }

  async function adoptAll({ isFull, tally, signal }: Omit<RepositoryRun, "pause">): Promise<void> {
    await forEachAtOnce(links.walk(), WIDTH, async (entry) => {
      if (entry.is === "problem") return tally.report([entry.problem])
      const giveWay = () => turns.giveWay(signal, entry.name)
      await giveWay()
      signal.throwIfAborted()
      // Somebody asked for it just now; it is looked at again, for the report.
      while (underWay.has(entry.name)) await underWay.get(entry.name)?.catch(() => undefined)
      await adoptOnce(entry.name, { isFull, tally, signal, pause: giveWay })
      tally.counts.repositories++
      tally.advance({ repositories: 1, links: 0 })
      if (isPending) done.add(entry.name)
    })
    await tally.flush()
  }

  async function start(current: Running): Promise<AdoptionReport | undefined> {
    if (!(await links.exists())) {
      await records.forgetExport()
      settled(undefined)
      return undefined
    }
    const startedAt = clock.now()
    current.isFull ||= (await records.findRun())?.report === undefined
    const { isFull, callers } = current
    const { signal } = current.controller
    const tally = createTally(records, () => {
      for (const { onProgress } of callers) onProgress?.(state)
    })
    state = { is: "running", progress: tally.progress }
    state.total = await count(signal)
    fp("adoption.counted")
    if (isFull) {
      // What was wrong is forgotten here: should this run not come to its end, nobody knows what holds the collector back.
      isUnsure = true
      await records.begin()
    }
    await adoptAll({ isFull, tally, signal })
    const report = { startedAt, finishedAt: clock.now(), counts: tally.counts, problems: tally.problems }
    fp("adoption.merged")
    await records.forgetExport()
    if (isFull) await records.finish(report)
    settled(report)
    return report
  }

  /** Joins the run that does at least as much, and begins one where there is none. */
  async function run(options: RunOptions): Promise<AdoptionReport | undefined> {
    options.signal.throwIfAborted()
    if (held !== undefined) {
      await orAborted(held, options.signal)
      return run(options)
    }
    const present = running
    const isStopping = present?.controller.signal.aborted === true
    if (present !== undefined && (isStopping || (options.isFull && !present.isFull))) {
      await orAborted(Promise.allSettled([present.end.promise]), options.signal)
      return run(options)
    }
    return join(present ?? begin(options.isFull), options)
  }

  /** Whoever cancels goes alone. The last one stops the run, and waits for its last step: then nothing is written. */
  async function join({ callers, controller, end }: Running, options: RunOptions): Promise<AdoptionReport | undefined> {
    callers.add(options)
    try {
      return await orAborted(end.promise, options.signal)
    } catch (error) {
      callers.delete(options)
      if (!options.signal.aborted || callers.size > 0) throw error
      controller.abort(options.signal.reason)
      return await end.promise
    }
  }

  async function runThen<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await run({ isFull: false, signal })
    if (running !== undefined || held !== undefined) return runThen(signal, work)
    const end = Promise.withResolvers<void>()
    held = end.promise
    try {
      return await work()
    } finally {
      held = undefined
      end.resolve()
    }
  }

  function begin(isFull: boolean): Running {
    const current: Running = {
      isFull,
      callers: new Set(),
      controller: new AbortController(),
      end: Promise.withResolvers(),
    }
    running = current
    start(current)
      .finally(() => {
        running = undefined
        if (isPending) state = { ...state, is: "waiting" }
      })
      .then(current.end.resolve, current.end.reject)
    return current
  }

  function settled(report: AdoptionReport | undefined): void {
    isPending = false
    isPartial = false
    isUnsure = (report?.problems.unreadable ?? 0) > 0
    done.clear()
    state = { is: "idle", progress: state.progress, ...(report && { report }) }
  }

  return {
    open: async () => {
      isPending = await links.exists()
      isPartial = isPending && (await records.findRun())?.report === undefined
      if (isPending) state = { ...state, is: "waiting" }
    },
    run,
    runThen,
    state: () => state,
    ensure: (repository, key) => (isPending && !done.has(repository) ? settle(repository, key) : undefined),
    isPartial: () => isPartial,
    isSettled: () => !isPending && running === undefined && !isUnsure,
    findRun: () => records.findRun(),
    listProblems: (page) => records.listProblems(page),
  }
}

/** As the promise, or rejects once the signal is given. */
function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<Result>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener("abort", abort)
  promise.then(resolve, reject)
  return ended.finally(() => signal.removeEventListener("abort", abort))
}
