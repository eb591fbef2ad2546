import type { DebugConfig } from "../config/config.ts"
import { createDebugApp } from "../http/debug.ts"
import { createListener, type Listener } from "../http/listener.ts"
import type { Readiness } from "../http/readiness.ts"
import type { Logger } from "../ports/logger.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { Health } from "../services/health.ts"

export interface DebugParts {
  version: string
  health: Health
  readiness: Readiness
  /** Of the registry's own listener. */
  maxConnections: number
  metrics: Metrics | undefined
  log: Logger
}

const READ_STALL_SECONDS = 30
/** Few look here, and seldom. */
const OWN_CONNECTIONS = 100

/** Opens the listener for operators. Rejects with an Error whose message is for them. */
export async function openDebugServer({ address, metricsPath }: DebugConfig, parts: DebugParts): Promise<Listener> {
  const { version, health, readiness, maxConnections, metrics, log } = parts
  const handler = createDebugApp({
    readiness,
    describeFailing: () => health.describeFailing(),
    metrics: metricsPath === undefined || metrics === undefined ? undefined : { path: metricsPath, ...metrics },
    describeVariables: () => ({ berth: { version } }),
  })
  const listener = await createListener({
    address,
    setting: "http.debug.addr",
    http2: false,
    // Connections are counted for the whole process: whoever looks after it must come in while the registry is full.
    limits: { readStallSeconds: READ_STALL_SECONDS, connections: maxConnections + OWN_CONNECTIONS },
    handler,
    log,
  }).catch(tellWhich)
  const where = address.kind === "unix" ? address.path : `${address.host}:${listener.port}`
  log.info("debug server listening", { address: where, ...(metricsPath !== undefined && { metrics: metricsPath }) })
  return listener
}

function tellWhich(cause: unknown): never {
  if (!(cause instanceof Error)) throw cause
  throw new Error(`the debug server: ${cause.message}`, { cause })
}
