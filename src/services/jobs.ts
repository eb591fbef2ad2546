import { RegistryError } from "../domain/errors.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"

export interface Progress {
  done: number
  /** Absent while it is not known. */
  total?: number
}

/** What `run` may use. It looks at `signal` between its steps, and throws what `signal.throwIfAborted` throws. */
export interface JobContext {
  signal: AbortSignal
  actor: string
  progress: (progress: Progress) => void
}

/** Work that takes its time. `run` gives plain data, which the job then shows as its result. */
export interface Work {
  kind: string
  /** What it works on, in the operator's words. */
  subject: string
  /** What is counted. */
  unit: string
  run(context: JobContext): Promise<unknown>
}

export interface Job {
  id: string
  kind: string
  subject: string
  unit: string
  actor: string
  state: "running" | "done" | "failed" | "cancelled"
  progress: Progress
  /** Epoch, milliseconds. */
  startedAt: number
  endedAt?: number
  result?: unknown
  error?: string
}

export interface Jobs {
  /** Begins the work and does not wait for it. Throws JOB_RUNNING while another of its kind is under way. */
  start(work: Work, actor: string): Job
  /** Those under way and the last that ended, the newest first. */
  list(): Job[]
  /** Throws JOB_UNKNOWN. */
  get(id: string): Job
  /** Asks it to stop, which it does at its next step; one that has ended stays as it is. Throws JOB_UNKNOWN. */
  cancel(id: string): Job
  /** The job as it is, and again when that changes, until it has ended or the signal is given. Throws JOB_UNKNOWN. */
  watch(id: string, signal: AbortSignal): AsyncIterable<Job>
  /** Cancels all that is under way, and waits for it. Nothing can be started any more. */
  stop(): Promise<void>
}

interface Entry {
  job: Job
  controller: AbortController
  ended: Promise<void>
  /** Resolved, and replaced, at each change that watchers are told of. */
  changed: PromiseWithResolvers<void>
  toldAt: number
}

interface Dependencies {
  clock: Clock
  ids: Ids
  log: Logger
}

const KEPT = 100
/** Watchers are told of progress at most this often. */
const TELLING_MS = 100

export function createJobs({ clock, ids, log }: Dependencies): Jobs {
  const entries = new Map<string, Entry>()
  let isStopped = false

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) throw new RegistryError("JOB_UNKNOWN", "there is no such job, or it ended long ago")
    return entry
  }

  function tell(entry: Entry): void {
    entry.toldAt = clock.now()
    entry.changed.resolve()
    entry.changed = Promise.withResolvers()
  }

  async function run(entry: Entry, work: Work): Promise<void> {
    const { job, controller } = entry
    const { signal } = controller
    try {
      // The caller has the job before its first step.
      await Promise.resolve()
      signal.throwIfAborted()
      const result = await work.run({
        signal,
        actor: job.actor,
        progress: (progress) => {
          job.progress = progress
          if (clock.now() - entry.toldAt >= TELLING_MS) tell(entry)
        },
      })
      job.state = "done"
      if (result !== undefined) job.result = result
    } catch (error) {
      job.state = signal.aborted && error === signal.reason ? "cancelled" : "failed"
      if (job.state === "failed") job.error = describeFailure(error)
      if (job.state === "failed") log.error("a job failed", { job: job.kind, subject: job.subject, error })
    }
    job.endedAt = clock.now()
    tell(entry)
    forgetOldest()
  }

  function forgetOldest(): void {
    for (const [id, { job }] of entries) {
      if (entries.size <= KEPT) return
      if (job.state !== "running") entries.delete(id)
    }
  }

  return {
    start: (work, actor) => {
      if (isStopped) throw new RegistryError("OVERLOADED", "the server is stopping")
      const running = [...entries.values()].find(({ job }) => job.kind === work.kind && job.state === "running")
      if (running !== undefined) {
        throw new RegistryError(
          "JOB_RUNNING",
          `a job of this kind is under way: ${work.kind} of ${running.job.subject}`,
          {
            detail: { id: running.job.id },
          },
        )
      }
      const { kind, subject, unit } = work
      const job: Job = {
        id: ids.create(),
        kind,
        subject,
        unit,
        actor,
        state: "running",
        progress: { done: 0 },
        startedAt: clock.now(),
      }
      const entry: Entry = {
        job,
        controller: new AbortController(),
        ended: Promise.resolve(),
        changed: Promise.withResolvers(),
        toldAt: 0,
      }
      entries.set(job.id, entry)
      entry.ended = run(entry, work)
      return copy(entry)
    },
    list: () => [...entries.values()].map(copy).toReversed(),
    get: (id) => copy(find(id)),
    cancel: (id) => {
      const entry = find(id)
      entry.controller.abort()
      return copy(entry)
    },
    watch: (id, signal) => watch(find(id), signal),
    stop: async () => {
      isStopped = true
      const all = [...entries.values()]
      for (const { controller } of all) controller.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

/** What others hold does not change under their hands. */
function copy({ job }: Entry): Job {
  return { ...job }
}

async function* watch(entry: Entry, signal: AbortSignal): AsyncGenerator<Job> {
  const left = Promise.withResolvers<void>()
  const leave = () => left.resolve()
  signal.addEventListener("abort", leave)
  try {
    while (!signal.aborted) {
      const { changed } = entry
      const present = copy(entry)
      yield present
      if (present.state !== "running") return
      await Promise.race([changed.promise, left.promise])
    }
  } finally {
    signal.removeEventListener("abort", leave)
  }
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
