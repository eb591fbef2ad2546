import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import { createCircuit, type Circuit } from "../services/circuit.ts"
import type { Deliveries, LaneResult, Recipient } from "../services/deliveries.ts"

export interface Courier {
  /** Looks for endpoints that were added; one that was removed is left, and one that was changed tried at once. */
  refresh(): void
  /** Begins nothing more, and gives what is under way a moment to end. What does not is sent again after the next start. */
  stop(): Promise<void>
}

interface CourierOptions {
  deliveries: Deliveries
  clock: Clock
  log: Logger
}

/** Repositories of one endpoint whose events are sent side by side. */
const LANES = 4
/** Repositories that wait for their next attempt; with more of them, nothing further is begun. */
const MAX_RESTING = 64
const PAUSE_MS = 100
/** Nobody forgets to wake the courier; if somebody did, this is how late it would be. */
const LONGEST_WAIT_MS = 30_000
const STOP_MS = 1_000

/** Delivers what waits in the outbox for as long as the server runs. */
export function startCouriers({ deliveries, clock, log }: CourierOptions): Courier {
  const couriers = new Map<string, EndpointCourier>()
  let isStopped = false
  const rouse = () => {
    for (const courier of couriers.values()) courier.rouse()
  }

  function refresh(): void {
    if (isStopped) return
    for (const { name } of deliveries.listRecipients()) {
      if (couriers.has(name)) continue
      const leave = () => void couriers.delete(name)
      couriers.set(name, startCourier(name, { deliveries, clock, log, leave }))
    }
    rouse()
  }

  deliveries.watch(rouse)
  refresh()
  return {
    refresh,
    stop: async () => {
      isStopped = true
      await Promise.all([...couriers.values()].map((courier) => courier.stop()))
    },
  }
}

interface EndpointCourier {
  rouse(): void
  stop(): Promise<void>
}

interface EndpointCourierOptions extends CourierOptions {
  /** Called when the endpoint is configured no longer, and the last request to it has ended. */
  leave: () => void
}

/**
 * One endpoint: its repositories take turns, each with its events strictly in order. An endpoint that has failed so often
 * in a row as `threshold` says is left alone for `backoff`, and then tried with one event.
 */
function startCourier(endpoint: string, { deliveries, clock, log, leave }: EndpointCourierOptions): EndpointCourier {
  let recipient: Recipient | undefined
  const openCircuit = (pauseMs: number) => {
    const { threshold = 1, backoffSeconds = 0 } = recipient ?? {}
    return createCircuit({ clock, threshold, backoffMs: backoffSeconds * 1000, pauseMs })
  }
  let whole = openCircuit(0)
  const resting = new Map<RepositoryName, Circuit>()
  const running = new Map<RepositoryName, Promise<void>>()
  const stopping = new AbortController()
  const cutting = new AbortController()
  let last = ""
  let isWoken = false
  let wake = (): void => undefined

  function rouse(): void {
    isWoken = true
    wake()
  }

  /** What an endpoint failed at before it was changed says nothing of it now. */
  function look(): void {
    const found = deliveries.listRecipients().find(({ name }) => name === endpoint)
    if (found === recipient) return
    recipient = found
    whole = openCircuit(0)
    resting.clear()
  }

  function note(repository: RepositoryName, result: LaneResult): void {
    if (cutting.signal.aborted || recipient === undefined) return
    const { threshold, backoffSeconds } = recipient
    if (result.kind === "delivered") {
      if (whole.isOpen()) log.info("an endpoint takes events again", { endpoint })
      whole.noteSuccess()
      resting.delete(repository)
      return
    }
    whole.noteFailure()
    const lane = resting.get(repository) ?? openCircuit(PAUSE_MS)
    resting.set(repository, lane)
    const failures = lane.noteFailure()
    if (failures > 1 && failures !== threshold) return
    log.warn("an endpoint did not take an event: it will be sent again", {
      endpoint,
      repository,
      reason: result.reason,
      ...(failures >= threshold && { backoffSeconds }),
    })
  }

  async function deliver(repository: RepositoryName): Promise<void> {
    const asked = recipient
    const result = await deliveries
      .deliver({ endpoint, repository }, cutting.signal)
      .catch((error: unknown): LaneResult => {
        log.error("an event could not be delivered", { endpoint, error })
        return { kind: "failed", reason: "the outbox could not be read or written" }
      })
    running.delete(repository)
    look()
    // An answer of what the endpoint was before.
    if (recipient === asked) note(repository, result)
    rouse()
  }

  function begin(repository: RepositoryName): void {
    running.set(repository, deliver(repository))
  }

  const isResting = (repository: RepositoryName) => (resting.get(repository)?.restMs() ?? 0) > 0

  /** Begins with as many repositories as may be under way, each in its turn. */
  async function beginLanes(): Promise<void> {
    const first = last
    let isSecondRound = false
    while (!stopping.signal.aborted && running.size < (whole.isOpen() ? 1 : LANES) && whole.restMs() === 0) {
      const next = await deliveries.findLane(endpoint, last)
      if (next === undefined || (isSecondRound && next > first)) {
        if (isSecondRound || first === "") return
        isSecondRound = true
        last = ""
      } else {
        last = next
        if (!running.has(next) && !isResting(next)) begin(next)
      }
    }
  }

  /** What rests no longer and was not tried since is forgotten where there are too many. */
  function countResting(): number {
    if (resting.size < MAX_RESTING) return resting.size
    for (const [repository] of resting)
      if (!isResting(repository) && !running.has(repository)) resting.delete(repository)
    return resting.size
  }

  function untilNext(): number {
    const rests = whole.restMs() > 0 ? [whole.restMs()] : [...resting.values()].map((lane) => lane.restMs())
    return Math.min(LONGEST_WAIT_MS, ...rests.filter((rest) => rest > 0))
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      look()
      if (recipient === undefined && running.size === 0) break
      isWoken = false
      // Taken before the look: a rest that ends meanwhile has left its repository out, and would be nobody's reason to wake.
      const longestMs = untilNext()
      if (recipient !== undefined && countResting() < MAX_RESTING) {
        await beginLanes().catch((error: unknown) => log.error("the outbox could not be read", { endpoint, error }))
      }
      if (!isWoken && !stopping.signal.aborted) await waitToBeWoken(longestMs)
    }
    leave()
  }

  function waitToBeWoken(longestMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longestMs)
      timer.unref()
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const ended = run()
  return {
    rouse,
    stop: async () => {
      stopping.abort()
      rouse()
      const timer = setTimeout(() => cutting.abort(), STOP_MS)
      await ended
      await Promise.all(running.values())
      clearTimeout(timer)
    },
  }
}
