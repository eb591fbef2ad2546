import { closeSync, openSync } from "node:fs"
import { readFile } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { findAcceptGate, type AcceptGate } from "./accept-gate.ts"

interface ConnectionLimitOptions {
  limit: number
  server: () => Bun.Server<undefined>
  log: Logger
}

export interface ConnectionLimit {
  /** To be called once `server` gives another one and the old one listens no more. */
  renew(): void
  stop(): void
}

const POLL_MILLISECONDS = 50
// Descriptors for files, the database and connections that arrive between two looks.
const RESERVE = 1024
// Connections come back in when this part of the limit is free, so that the gate does not flutter.
const REOPEN_AT = 0.95

/**
 * Keeps the number of connections at the limit by shutting a gate in the kernel, since the runtime has no limit of its
 * own and cannot stop accepting without closing kept-alive connections. Those that wait are let in when others close.
 */
export async function limitConnections(options: ConnectionLimitOptions): Promise<ConnectionLimit> {
  const { limit, server, log } = options
  let gate = findAcceptGate(server().port ?? 0)
  if (gate === undefined) {
    log.warn("this system cannot hold back connections: limits.connections counts requests only")
    return { renew: () => undefined, stop: () => undefined }
  }
  const base = findLowestFree()
  const room = Math.max(1, (await readDescriptorLimit()) - base - RESERVE)
  if (room < limit) log.warn("limits.connections is above what `ulimit -n` allows", { limit, inForce: room })
  const allowed = Math.min(limit, room)
  let isShut = false

  // Descriptors are given out lowest first: when the lowest free one is above the limit, so many are in use.
  // A request in flight may hold a file besides its connection, and is not counted twice.
  function look(current: AcceptGate): void {
    const used = findLowestFree() - base
    const connections = used - server().pendingRequests
    const isFull = connections >= allowed || used >= room
    if (!isShut && isFull) {
      isShut = current.shut()
      log.warn("the limit of connections is reached: new ones wait", { connections })
    } else if (isShut && connections < allowed * REOPEN_AT && used < room) {
      current.open()
      isShut = false
    }
  }

  const timer = setInterval(() => gate && look(gate), POLL_MILLISECONDS)
  timer.unref()

  function renew(): void {
    gate = findAcceptGate(server().port ?? 0)
    isShut = false
  }

  return { renew, stop: () => clearInterval(timer) }
}

function findLowestFree(): number {
  try {
    const descriptor = openSync("/dev/null", "r")
    closeSync(descriptor)
    return descriptor
  } catch {
    return Number.MAX_SAFE_INTEGER
  }
}

async function readDescriptorLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "")
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? Number.MAX_SAFE_INTEGER : Number(soft)
}
