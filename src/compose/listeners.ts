import type { Config } from "../config/config.ts"
import type { App } from "../http/app.ts"
import { createListener, type Listener } from "../http/listener.ts"
import type { Logger } from "../ports/logger.ts"
import { openDebugServer, type DebugParts } from "./debug.ts"

interface ListenerParts extends DebugParts {
  app: App
  log: Logger
}

/** Opens the registry's own address and, where it is configured, that for operators, which stays open to the very end. */
export async function openListeners(config: Config, parts: ListenerParts): Promise<Listener> {
  const { address, tls, http2, h2c, debug } = config.http
  if (tls?.certificate.kind === "letsencrypt") throw new Error("Let's Encrypt is not in this version")
  const listener = await createListener({
    address,
    tls: tls && { ...tls, ...tls.certificate },
    http2: tls === undefined ? h2c : http2,
    limits: config.limits,
    handler: parts.app,
    log: parts.log,
  })
  if (debug === undefined) return listener
  const operators = await openDebugServer(debug, parts).catch(async (error: unknown) => {
    await listener.stop({ deadlineSeconds: 0 })
    throw error
  })
  return {
    ...listener,
    stop: async (options) => {
      await listener.stop(options)
      await operators.stop({ deadlineSeconds: 0 })
    },
  }
}
