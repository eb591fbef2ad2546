import type { Logger } from "../../ports/logger.ts"
import type { Certificate } from "./certificate.ts"
import type { ServerAddress } from "./bind.ts"

/** What a handler may know about the connection that a request came on. */
export interface Connection {
  /** The peer's IP address; empty when it has gone. Costs 1 µs: ask once. */
  readonly address: string
}

export type Handler = (request: Request, connection: Connection) => Response | Promise<Response>

export type Serve = (address: ServerAddress, certificate: Certificate | undefined) => Bun.Server<undefined>

interface ServeOptions {
  handler: Handler
  limits: { readStallSeconds: number; connections: number }
  log: Logger
}

// The runtime's timers tick every 4 s and may fire one tick early; its longest idle time is 255 s.
const TICK_SECONDS = 4
const LONGEST_IDLE_SECONDS = 255

/** Gives the function that opens one server; with TLS it shares its port with the one that it replaces. */
export function createServe({ handler, limits, log }: ServeOptions): Serve {
  const idleTimeout = Math.min(limits.readStallSeconds + TICK_SECONDS, LONGEST_IDLE_SECONDS)

  // The runtime's own count of requests costs as much as routing one.
  let atWork = 0

  function answer(request: Request, server: Bun.Server<undefined>): Response | Promise<Response> {
    if (atWork >= limits.connections) return busy()
    const response = handler(request, new ServerConnection(request, server))
    return response instanceof Response ? response : settle(response, request, server)
  }

  // The idle timer knows nothing of a handler at work, and counts a body slower than 16 KiB/s as idle: where there may be
  // a body it is off until there is an answer to send. Bodies have their own rule, `withMinimumRate`.
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

  return (address, certificate) =>
    Bun.serve({
      ...(address.host === "" ? {} : { hostname: address.host }),
      port: address.port,
      // Left out, it is on: without TLS it must be off, so that a second program on the port is an error.
      reusePort: certificate !== undefined,
      development: false,
      maxRequestBodySize: 2 ** 40,
      idleTimeout,
      ...(certificate === undefined ? {} : { tls: certificate }),
      fetch: answer,
      error: fail,
    })
}

class ServerConnection implements Connection {
  readonly #request: Request
  readonly #server: Bun.Server<undefined>

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request
    this.#server = server
  }

  get address(): string {
    const address = this.#server.requestIP(this.#request)?.address ?? ""
    return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address
  }
}

function busy(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "5", connection: "close" } })
}
