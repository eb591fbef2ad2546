import type { Pace } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { Scrub } from "../services/scrub.ts"

export interface ScrubJob {
  /** Stops at the next step, and waits for it: the pass goes on from there. */
  stop(): Promise<void>
}

interface ScrubOptions {
  scrub: Scrub
  clock: Clock
  log: Logger
  /** `false`: no passes; what a request found suspicious is looked at all the same. */
  isEnabled: boolean
  bytesPerSecond: number
  /** From the beginning of a pass to that of the next. */
  intervalSeconds: number
  /** A start has other things to do. */
  firstSeconds?: number
  retrySeconds?: number
  pollSeconds?: number
}

/** Shorter waits cost more than they hold back. */
const SHORTEST_WAIT_MS = 20

/** Compares what is stored with its digests, again and again, beside all else and no faster than asked for. */
export function startScrubbing(options: ScrubOptions): ScrubJob {
  const { scrub, clock, log, firstSeconds = 60, retrySeconds = 60, pollSeconds = 1 } = options
  const controller = new AbortController()
  const { signal } = controller
  const pace = createPace(options.bytesPerSecond, signal)

  async function isDue(): Promise<boolean> {
    if (!options.isEnabled) return false
    const pass = await scrub.findPass()
    return pass?.endedAt === undefined || clock.now() >= pass.startedAt + options.intervalSeconds * 1000
  }

  async function step(startedAt: number): Promise<void> {
    await scrub.checkSuspects({ signal, pace })
    if (clock.now() < startedAt + firstSeconds * 1000 || !(await isDue())) return
    const pass = await scrub.runInBackground({ signal, pace })
    if (pass === undefined) return
    const { objects, bytes, damaged, startedAt: begunAt, endedAt = begunAt } = pass
    const fields = { objects, bytes, damaged, seconds: Math.round((endedAt - begunAt) / 1000) }
    log.info("all that is stored was compared with its digests", fields)
    if (endedAt - begunAt <= options.intervalSeconds * 1000) return
    log.warn("comparing all that is stored takes longer than scrub.interval: raise scrub.rate", fields)
  }

  async function scrubOnAndOn(): Promise<void> {
    const startedAt = clock.now()
    let isOpen = false
    while (!signal.aborted) {
      try {
        if (!isOpen) await scrub.open()
        isOpen = true
        await step(startedAt)
        await wait(pollSeconds * 1000, signal)
      } catch (error) {
        if (signal.aborted) break
        log.error("the scrub could not go on: it will be tried again", { error })
        await wait(retrySeconds * 1000, signal)
      }
    }
    if (isOpen) await scrub.close().catch((error: unknown) => log.warn("the scrub could not note its end", { error }))
  }

  const end = scrubOnAndOn()
  return {
    stop: async () => {
      controller.abort()
      await end
    },
  }
}

function createPace(bytesPerSecond: number, signal: AbortSignal): Pace {
  let owedMs = 0
  return async (readBytes) => {
    signal.throwIfAborted()
    owedMs += (readBytes / bytesPerSecond) * 1000
    if (owedMs < SHORTEST_WAIT_MS) return
    const ms = owedMs
    owedMs = 0
    await wait(ms, signal)
    signal.throwIfAborted()
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
  })
}
