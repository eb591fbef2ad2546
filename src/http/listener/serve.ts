import type { Logger } from "../../ports/logger.ts"
import type { Certificate } from "./certificate.ts"
import type { ServerAddress } from "./bind.ts"

/** What a handler may know and do about the connection that a request came on. */
export interface Connection {
  /** The peer's IP address; empty when it has gone. Costs 1 µs: ask once. */
  readonly address: string
  /** The answer may be silent for this long (0: for ever), instead of `readStallSeconds`. Not for answers that are files. */
  extendIdle(seconds: number): void
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

  function answer(request: Request, server: Bun.Server<undefined>): Response | Promise<Response> {
    if (server.pendingRequests > limits.connections) return busy()
    const connection = new ServerConnection(request, server)
    const response = handler(request, connection)
    return response instanceof Response ? response : settle(response, connection)
  }

  // The idle timer knows nothing of a handler at work, and counts a body slower than 16 KiB/s as idle: it is off until
  // there is an answer to send. Bodies have their own rule, `withMinimumRate`.
  async function settle(response: Promise<Response>, connection: ServerConnection): Promise<Response> {
    connection.setIdle(0)
    try {
      return await response
    } finally {
      connection.setIdle(connection.extendedSeconds ?? idleTimeout)
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
  extendedSeconds: number | undefined

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request
    this.#server = server
  }

  get address(): string {
    const address = this.#server.requestIP(this.#request)?.address ?? ""
    return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address
  }

  extendIdle(seconds: number): void {
    this.extendedSeconds = seconds
    this.setIdle(seconds)
  }

  setIdle(seconds: number): void {
    this.#server.timeout(this.#request, seconds)
  }
}

function busy(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "5", connection: "close" } })
}
