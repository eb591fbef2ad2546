import type { Rest } from "../../ports/pause.ts"
import { pauseForOthers } from "./event-loop.ts"

/** How many times as long as its last step work rests while the server has other things to do. */
const SHARE = 12
/** Others come first also on a disk that keeps a step waiting; but whoever stops the server or copies it waits for this. */
const LONGEST_MS = 2_000
/** Where a request came so short a time ago, the next one is near. */
const QUIET_MS = 1_000

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
  let askedAt = -Infinity
  const rest = async () => {
    const asked = now()
    const worked = asked - endedAt
    const count = countRequests()
    if (count !== seen) askedAt = asked
    seen = count
    const isAlone = asked - askedAt >= QUIET_MS
    if (isAlone) await pauseForOthers()
    else await sleep(Math.min(worked * SHARE, LONGEST_MS))
    endedAt = now()
    return !isAlone
  }
  const begin = () => {
    endedAt = now()
  }
  return Object.assign(rest, { begin })
}
