import type { Logger } from "../ports/logger.ts"

export interface Job {
  name: string
  everySeconds: number
  run(): Promise<void>
}

/** What a timer can wait for: a longer interval is cut to it. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

export interface Schedule {
  /** Begins no further run and waits for those under way. */
  stop(): Promise<void>
}

/** A server that is restarted every day would never come to a job of once a day. */
const FIRST_RUN_SECONDS = 60

/**
 * Runs each job again and again: first a minute after the start, or sooner where its interval is shorter, and then a full
 * interval after the last run has ended. A failure is logged and ends nothing.
 */
export function startSchedule(jobs: Job[], log: Logger): Schedule {
  let isStopped = false
  const timers = new Map<Job, Timer>()
  const running = new Set<Promise<void>>()

  function plan(job: Job, waitSeconds: number): void {
    if (isStopped) return
    const timer = setTimeout(
      () => {
        const run = job
          .run()
          .catch((error: unknown) => log.error("a timed job failed: it will run again", { job: job.name, error }))
          .finally(() => {
            running.delete(run)
            plan(job, job.everySeconds)
          })
        running.add(run)
      },
      Math.min(waitSeconds * 1000, LONGEST_WAIT_MS),
    )
    timer.unref()
    timers.set(job, timer)
  }

  for (const job of jobs) plan(job, Math.min(job.everySeconds, FIRST_RUN_SECONDS))
  return {
    stop: async () => {
      isStopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
