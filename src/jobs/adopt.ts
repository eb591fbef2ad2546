import type { AdoptionReport } from "../domain/adoption.ts"
import type { Logger } from "../ports/logger.ts"
import type { Adoption } from "../services/adoption.ts"

export interface AdoptJob {
  /** Stops at the next step, and waits for it. What was taken over stays so. */
  stop(): Promise<void>
}

interface AdoptOptions {
  adoption: Pick<Adoption, "run" | "state">
  log: Logger
  progressSeconds?: number
  retrySeconds?: number
}

/** Takes over, from now on and beside all else, what distribution wrote. A failure is logged, and tried again. */
export function startAdopting({ adoption, log, progressSeconds = 5, retrySeconds = 60 }: AdoptOptions): AdoptJob {
  const controller = new AbortController()
  const { signal } = controller

  async function attempt(): Promise<boolean> {
    let hasSpoken = false
    const timer = setInterval(() => {
      hasSpoken = true
      logProgress(adoption, log)
    }, progressSeconds * 1000)
    try {
      const report = await adoption.run({ isFull: false, signal })
      if (report !== undefined) logReport(report, { log, hasSpoken })
      return true
    } catch (error) {
      if (!signal.aborted) log.error("docker-registry's links could not be read: it will be tried again", { error })
      return false
    } finally {
      clearInterval(timer)
    }
  }

  async function adopt(): Promise<void> {
    while (!signal.aborted && !(await attempt())) await wait(retrySeconds * 1000, signal)
  }

  const end = adopt()
  return {
    stop: async () => {
      controller.abort()
      await end
    },
  }
}

function logProgress({ state }: Pick<Adoption, "state">, log: Logger): void {
  const { progress, total } = state()
  const of = total && { ofRepositories: total.repositories, ofLinks: total.links }
  log.info("taking over what docker-registry wrote", { ...progress, ...of })
}

/** Progress that was told of has an end that is told of, also where nothing was new. */
function logReport(
  { startedAt, finishedAt, counts, problems }: AdoptionReport,
  { log, hasSpoken }: { log: Logger; hasSpoken: boolean },
): void {
  const fields = { ...counts, seconds: Math.round((finishedAt - startedAt) / 100) / 10 }
  if (counts.changes > 0) log.info("what docker-registry wrote is taken over", fields)
  else log[hasSpoken ? "info" : "debug"]("docker-registry has changed nothing", fields)
  if (Object.keys(problems).length === 0) return
  log.warn("the data directory has faults: berth adopt --report lists them", problems)
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener("abort", () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
