import type { Actor } from "../domain/actor.ts"
import type { Credentials } from "../ports/identity.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { RequestContext, RequestSource } from "../services/request-context.ts"
import type { RouteKind } from "./distribution/route.ts"
import { findHost, type Origin, type TrustedProxies } from "./trusted-proxies.ts"

/** What the listener knows of the connection that a request came on. */
export interface Connection {
  /** The peer's address. */
  readonly address: string
  /** The peer's port. */
  readonly port?: number | undefined
}

export interface IncomingRequestOptions {
  ids: Ids
  log: Logger
  /** `undefined`: nobody's forwarded headers are believed. */
  proxies?: TrustedProxies | undefined
  /** What is known to be the server's URL, whatever a request says. */
  externalUrl?: string | undefined
  /** Starts and ends with a slash. */
  prefix?: string
}

/** Public routes change nothing that would be counted. */
const PUBLIC: Actor = { id: "anonymous", quotaKey: "public" }

/**
 * A request with what is known of who makes it. Whatever costs as much as all routing is found out when it is first asked
 * for, which for most requests is never.
 */
export class IncomingRequest implements Credentials, RequestContext {
  readonly request: Request
  readonly log: Logger
  actor = PUBLIC
  /** Milliseconds, of the clock that only goes forward. */
  readonly startedAt = performance.now()
  /** `undefined` where the path leads nowhere. */
  kind: RouteKind | undefined
  /** What was answered with an error. */
  failure: unknown
  /** Of the body of the answer, where the handler knows it: asking the answer would cost as much as making it. */
  answerBytes = 0
  readonly #connection: Connection
  readonly #options: IncomingRequestOptions
  #origin: Origin | undefined
  #requestId: string | undefined

  constructor(request: Request, connection: Connection, options: IncomingRequestOptions) {
    this.request = request
    this.log = options.log
    this.#connection = connection
    this.#options = options
  }

  get authorization(): string | null {
    return this.request.headers.get("authorization")
  }

  /** The client's address: the peer's, or the one that a trusted proxy names. */
  get address(): string {
    return this.#findOrigin().address
  }

  /** The client's address with its port, as Go writes it; what a proxy names has no port. */
  get client(): string {
    const { address } = this
    const port = address === this.#connection.address ? this.#connection.port : undefined
    if (port === undefined) return address
    return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
  }

  /** What `v2/` stands behind, as the client reaches it: ends with a slash; empty when the client sent no usable Host. */
  get baseUrl(): string {
    const { externalUrl, prefix = "/" } = this.#options
    if (externalUrl !== undefined) return `${externalUrl}/`
    const { url, headers } = this.request
    const { scheme, host } = this.#findOrigin()
    const asked = host ?? findHost(headers.get("host") ?? undefined)
    return asked === undefined ? "" : `${scheme ?? (url.startsWith("https:") ? "https" : "http")}://${asked}${prefix}`
  }

  /**
   * Scheme and host for a server of tokens on the host that the client asked; empty when the client sent no usable Host.
   * Where nobody who is believed names the scheme it is https, as in distribution, which is mostly run behind a proxy.
   */
  get loginOrigin(): string {
    const { externalUrl } = this.#options
    if (externalUrl !== undefined) return new URL(externalUrl).origin
    const { scheme = "https", host } = this.#findOrigin()
    const origin = `${scheme}://${host ?? findHost(this.request.headers.get("host") ?? undefined) ?? ""}`
    return URL.canParse(origin) ? origin : ""
  }

  get signal(): AbortSignal {
    return this.request.signal
  }

  get source(): RequestSource {
    const { headers, method } = this.request
    return {
      id: this.requestId,
      addr: this.client,
      host: headers.get("host") ?? "",
      method,
      useragent: headers.get("user-agent") ?? "",
      baseUrl: this.baseUrl,
    }
  }

  get requestId(): string {
    return (this.#requestId ??= this.#options.ids.create())
  }

  #findOrigin(): Origin {
    if (this.#origin !== undefined) return this.#origin
    const { address } = this.#connection
    const { proxies } = this.#options
    const found = proxies?.findOrigin(address, this.request.headers)
    return (this.#origin = found ?? { address, scheme: undefined, host: undefined })
  }
}
