import type { Logger } from "../ports/logger.ts"
import { bind, type ServerAddress } from "./listener/bind.ts"
import { describeFiles, watchCertificate } from "./listener/certificate-watch.ts"
import { loadCertificate, type TlsFiles } from "./listener/certificate.ts"
import { limitConnections } from "./listener/connection-limit.ts"
import { drain } from "./listener/drain.ts"
import { createServe, type Handler } from "./listener/serve.ts"

export interface ListenerOptions {
  address: ServerAddress
  tls?: TlsFiles | undefined
  limits: ListenerLimits
  handler: Handler
  log: Logger
}

export interface ListenerLimits {
  /** A client that reads nothing of its answer, or asks nothing on a kept-alive connection, is cut off after this. At most 250. */
  readStallSeconds: number
  /** Connections open at once; more of them wait in the kernel until others have closed. */
  connections: number
}

export interface Listener {
  /** The port in use, also when any free one was asked for. */
  port: number
  /** Takes no more connections; ends when the requests in flight are answered, or are cut off at the deadline. */
  stop(options: { deadlineSeconds: number }): Promise<void>
}

/**
 * Serves HTTP/1.1, with TLS when its files are given. Rejects with a one-sentence Error that an operator can act on.
 * A first header block that is not complete within 9 to 12 s closes its connection: the runtime's rule, not adjustable.
 * A later one has as long as the kept-alive connection may be idle, however its bytes come.
 */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { address, tls, limits, handler, log } = options
  const inForce = tls === undefined ? "" : await describeFiles(tls)
  const certificate = tls === undefined ? undefined : await loadCertificate(tls, log)
  const serve = createServe({ handler, limits, log })
  let current = bind(address, certificate !== undefined, (exact) => serve(exact, certificate))
  const port = current.port ?? address.port
  const open = new Set([current])

  const countRequests = () => [...open].reduce((total, server) => total + server.pendingRequests, 0)
  const connections = await limitConnections({ limit: limits.connections, port, countRequests, log })
  const watch =
    tls && watchCertificate({ files: tls, inForce, log, replace: (next) => replace(serve({ ...address, port }, next)) })

  function replace(next: Bun.Server<undefined>): void {
    const old = current
    current = next
    open.add(next)
    // Transfers under way end on the old server; its idle connections are closed and come back to the new one.
    void old.stop().finally(() => open.delete(old))
    connections.renew()
  }

  async function stop({ deadlineSeconds }: { deadlineSeconds: number }): Promise<void> {
    watch?.stop()
    connections.stop()
    await drain([...open], deadlineSeconds)
  }

  return { port, stop }
}
