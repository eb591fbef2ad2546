import type { Rest } from "../../ports/pause.ts"
import { pauseForOthers } from "./event-loop.ts"

/** How many times as long as its last step work rests while the server has other things to do. */
const SHARE = 12
const LONGEST_MS = 250

interface PoliteOptions {
  /** Grows with each request. */
  countRequests: () => number
  now?: () => number
  sleep?: (ms: number) => Promise<void>
}

/** For work in the background: while requests come it takes a thirteenth of the time, and all of it when none do. */
export function createPolitePause({
  countRequests,
  now = () => performance.now(),
  sleep = (ms) => Bun.sleep(ms),
}: PoliteOptions): Rest {
  let endedAt = now()
  let seen = countRequests()
  return async () => {
    const worked = now() - endedAt
    const isAlone = countRequests() === seen
    if (isAlone) await pauseForOthers()
    else await sleep(Math.min(worked * SHARE, LONGEST_MS))
    seen = countRequests()
    endedAt = now()
    return !isAlone
  }
}
