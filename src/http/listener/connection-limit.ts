import { closeSync, openSync } from "node:fs"
import { readFile } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { findAcceptGate, type AcceptGate } from "./accept-gate.ts"

interface ConnectionLimitOptions {
  limit: number
  /** `undefined`: a unix socket, whose clients no filter holds back; its requests in flight are counted instead. */
  port: number | undefined
  /** Requests in flight now. */
  countRequests: () => number
  log: Logger
}

export interface ConnectionLimit {
  /** To be called once another server listens on the port, and the one before it no more. */
  renew(): void
  stop(): void
}

const POLL_MILLISECONDS = 50
// Descriptors for files, the database, and the connections that come in between two looks: 1,200 were seen in a flood.
const RESERVE = 2048
// Connections come in again when this part of the limit is in use, so that the gate does not flutter.
const REOPEN_AT = 0.95
const WARN_MILLISECONDS = 60_000

/**
 * Holds connections above the limit back by shutting a gate in the kernel: the runtime has no limit of its own, and can
 * stop accepting only by closing kept-alive connections too. Those that wait come in when others have closed.
 */
export async function limitConnections(options: ConnectionLimitOptions): Promise<ConnectionLimit> {
  const { port, countRequests, log } = options
  const nothing = { renew: () => undefined, stop: () => undefined }
  if (port === undefined) return nothing
  const findGate = () => findAcceptGate(port)
  let gate = findGate()
  if (gate === undefined) {
    log.warn("this system cannot hold back connections: limits.connections is counted in requests")
    return nothing
  }
  const base = findLowestFree()
  const room = await findRoom(base)
  const limit = Math.min(options.limit, room)
  if (limit < options.limit)
    log.warn("limits.connections is more than `ulimit -n` leaves room for", { configured: options.limit, used: limit })
  let isShut = false
  let warnedAt = -Infinity

  // Descriptors are given out lowest first: as many as the lowest free one says were in use at once. A request in flight
  // may have a file open besides its connection, and must not count twice.
  function look(current: AcceptGate): void {
    const used = findLowestFree() - base
    const connections = used - countRequests()
    if (!isShut && (connections >= limit || used >= room)) {
      isShut = current.shut()
      warn(connections)
    } else if (isShut && connections < limit * REOPEN_AT && used < room) {
      current.open()
      isShut = false
    }
  }

  function warn(connections: number): void {
    if (performance.now() - warnedAt < WARN_MILLISECONDS) return
    warnedAt = performance.now()
    log.warn("as many connections are open as limits.connections allows: new ones wait", { connections })
  }

  const timer = setInterval(() => gate && look(gate), POLL_MILLISECONDS)
  timer.unref()

  function renew(): void {
    gate = findGate()
    isShut = false
  }

  return { renew, stop: () => clearInterval(timer) }
}

/** NaN, with which nothing is ever full, where it cannot be told. */
function findLowestFree(): number {
  try {
    const descriptor = openSync("/dev/null", "r")
    closeSync(descriptor)
    return descriptor
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    return code === "EMFILE" || code === "ENFILE" ? Number.MAX_SAFE_INTEGER : Number.NaN
  }
}

/** How many descriptors connections and the files of their requests may take. */
async function findRoom(base: number): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "")
  const descriptors = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity)
  return Math.max(1, descriptors - base - Math.min(RESERVE, Math.floor(descriptors / 4)))
}
