import type { Logger } from "../ports/logger.ts"
import type { ListenAddress } from "../domain/address.ts"
import { bind } from "./listener/bind.ts"
import { describeFiles, watchCertificate } from "./listener/certificate-watch.ts"
import { loadCertificate, type Certificate, type TlsOptions } from "./listener/certificate.ts"
import { limitConnections } from "./listener/connection-limit.ts"
import { drain } from "./listener/drain.ts"
import { createServe, type Handler } from "./listener/serve.ts"
import { removeSocket, succeedUnix } from "./listener/unix-socket.ts"

export interface ListenerOptions {
  address: ListenAddress
  /** The key that says where, for messages; `http.addr` when left out. */
  setting?: string
  tls?: TlsOptions | undefined
  /** HTTP/2 besides HTTP/1.1: by ALPN over TLS, by prior knowledge without. */
  http2: boolean
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
  /** The port in use, also when any free one was asked for; 0 on a unix socket. */
  port: number
  /** Requests whose answer has not been sent to its end. */
  countRequests(): number
  /** Looks at once whether the files of TLS have changed; without a call they are looked at every two seconds. */
  reload(): Promise<void>
  /** Takes no more connections; ends when the requests in flight are answered, or are cut off at the deadline. */
  stop(options: { deadlineSeconds: number }): Promise<void>
}

/**
 * Serves HTTP/1.1, with TLS when its files are given, and HTTP/2 when asked for. Rejects with a one-sentence Error that an operator can act on.
 * A first header block that is not complete within 9 to 12 s closes its connection: the runtime's rule, not adjustable.
 * A later one has as long as the kept-alive connection may be idle, however its bytes come.
 */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { address, setting = "http.addr", tls, http2, limits, handler, log } = options
  const inForce = tls === undefined ? "" : await describeFiles(tls)
  const certificate = tls === undefined ? undefined : await loadCertificate(tls, log)
  const serve = createServe({ handler, limits, http2, log })
  let current = await bind({ address, setting }, certificate !== undefined, (exact) => serve(exact, certificate))
  const port = address.kind === "unix" ? undefined : (current.port ?? address.port)
  const open = new Set([current])

  const countRequests = () => [...open].reduce((total, server) => total + server.pendingRequests, 0)
  const connections = await limitConnections({ limit: limits.connections, port, countRequests, log })
  const watch = tls && watchCertificate({ tls, inForce, log, replace })

  function replace(next: Certificate): void {
    const old = current
    current = succeed(old, next)
    open.add(current)
    // Transfers under way end on the old server; its idle connections are closed and come back to the new one.
    void old.stop().finally(() => open.delete(old))
    connections.renew()
  }

  function succeed(old: Bun.Server<undefined>, next: Certificate): Bun.Server<undefined> {
    if (address.kind === "unix") return succeedUnix(address, old, (beside) => serve(beside, next))
    return serve({ ...address, port: port ?? address.port }, next)
  }

  async function stop({ deadlineSeconds }: { deadlineSeconds: number }): Promise<void> {
    watch?.stop()
    connections.stop()
    const drained = drain([...open], { deadlineSeconds, http2 })
    if (address.kind === "unix") removeSocket(address)
    await drained
  }

  return { port: port ?? 0, countRequests, reload: async () => watch?.check(), stop }
}
