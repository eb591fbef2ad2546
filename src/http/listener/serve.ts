import type { Logger } from "../../ports/logger.ts"
import type { Certificate } from "./certificate.ts"
import type { ListenAddress } from "../../domain/address.ts"

/** What a handler may know about the connection that a request came on. */
export interface Connection {
  /** The peer's IP address; `unix` on a unix socket, empty when it has gone. The first question for it or the port costs 1 µs. */
  readonly address: string
  /** The peer's port; `undefined` on a unix socket. */
  readonly port?: number | undefined
}

export type Handler = (request: Request, connection: Connection) => Response | Promise<Response>

export type Serve = (address: ListenAddress, certificate: Certificate | undefined) => Bun.Server<undefined>

interface ServeOptions {
  handler: Handler
  limits: { readStallSeconds: number; connections: number }
  /** By ALPN over TLS, by prior knowledge without; HTTP/1.1 is spoken in any case. */
  http2: boolean
  log: Logger
}

// The runtime's timers tick every 4 s and may fire one tick early; its longest idle time is 255 s.
const TICK_SECONDS = 4
const LONGEST_IDLE_SECONDS = 255

/** Gives the function that opens one server; with TLS it shares its port with the one that it replaces. */
export function createServe({ handler, limits, http2, log }: ServeOptions): Serve {
  const idleTimeout = Math.min(limits.readStallSeconds + TICK_SECONDS, LONGEST_IDLE_SECONDS)

  // The runtime's own count of requests costs as much as routing one.
  let atWork = 0

  function answer(request: Request, server: Bun.Server<undefined>): Response | Promise<Response> {
    if (atWork >= limits.connections) return busy()
    const response = handler(request, new ServerConnection(request, server))
    return response instanceof Response ? response : settle(response, request, server)
  }

  // The idle timer knows nothing of a handler at work, and counts a body slower than 16 KiB/s as idle: where there may be
  // a body it is off until there is an answer to send. Bodies have their own rule, `withMinimumRate`. Of the streams of
  // one HTTP/2 connection each has its own timer, and the connection ends when that of none is off and all are silent.
  async function settle(
    response: Promise<Response>,
    request: Request,
    server: Bun.Server<undefined>,
  ): Promise<Response> {
    const mayHaveBody = request.method !== "GET" && request.method !== "HEAD"
    if (mayHaveBody) server.timeout(request, 0)
    atWork++
    try {
      return await response
    } finally {
      atWork--
      if (mayHaveBody) server.timeout(request, idleTimeout)
    }
  }

  function fail(error: unknown): Response {
    log.error("request failed outside its handler", { error })
    return new Response(null, { status: 500 })
  }

  // The types do not have these for a unix socket; the runtime does.
  const alsoOnSockets: object = { idleTimeout, http2 }
  return (address, certificate) => {
    const common = {
      development: false,
      maxRequestBodySize: 2 ** 40,
      ...alsoOnSockets,
      ...(certificate === undefined ? {} : { tls: certificate }),
      fetch: answer,
      error: fail,
    }
    if (address.kind === "unix") return Bun.serve({ ...common, unix: address.path })
    return Bun.serve({
      ...common,
      ...(address.host === "" ? {} : { hostname: address.host }),
      port: address.port,
      // Left out, it is on: without TLS it must be off, so that a second program on the port is an error.
      reusePort: certificate !== undefined,
    })
  }
}

class ServerConnection implements Connection {
  readonly #request: Request
  readonly #server: Bun.Server<undefined>
  #peer: ReturnType<Bun.Server<undefined>["requestIP"]> | undefined

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request
    this.#server = server
  }

  get address(): string {
    if (this.#server.port === undefined) return "unix"
    const address = this.#findPeer()?.address ?? ""
    return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address
  }

  get port(): number | undefined {
    return this.#findPeer()?.port
  }

  #findPeer() {
    return (this.#peer ??= this.#server.requestIP(this.#request))
  }
}

function busy(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "5", connection: "close" } })
}
