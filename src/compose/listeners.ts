import type { Config } from "../config/config.ts"
import type { App } from "../http/app.ts"
import { createListener, type Listener } from "../http/listener.ts"
import type { Logger } from "../ports/logger.ts"
import { openCertificates } from "./certificates.ts"
import { openDebugServer, type DebugParts } from "./debug.ts"

interface ListenerParts extends Omit<DebugParts, "maxConnections"> {
  app: App
  log: Logger
}

/**
 * Opens the registry's own address, the one at which an authority asks for it, and that for operators. The others stay open
 * until the registry has answered its last request.
 */
export async function openListeners(config: Config, parts: ListenerParts): Promise<Listener> {
  const { address, tls, http2, h2c, debug } = config.http
  const certificates = await openCertificates(config, parts.log)
  const others: Pick<Listener, "stop">[] = certificates === undefined ? [] : [certificates]
  const stopAll = (all: Pick<Listener, "stop">[]) => Promise.all(all.map((each) => each.stop({ deadlineSeconds: 0 })))
  let listener: Listener | undefined
  try {
    listener = await createListener({
      address,
      tls: certificates?.tls,
      http2: tls === undefined ? h2c : http2,
      limits: config.limits,
      handler: parts.app,
      log: parts.log,
    })
    if (debug !== undefined)
      others.push(await openDebugServer(debug, { ...parts, maxConnections: config.limits.connections }))
  } catch (error) {
    await stopAll(listener === undefined ? others : [listener, ...others])
    throw error
  }
  certificates?.start()
  const registry = listener
  const stop: Listener["stop"] = async (options) => {
    await registry.stop(options)
    await stopAll(others)
  }
  return { ...registry, stop }
}
