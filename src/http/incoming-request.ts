import type { Actor } from "../domain/actor.ts"
import type { Credentials } from "../ports/identity.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { RequestContext } from "../services/request-context.ts"
import type { RouteKind } from "./distribution/route.ts"

/** What the listener knows of the connection that a request came on. */
export interface Connection {
  /** The peer's address. */
  readonly address: string
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
  readonly #ids: Ids
  #address: string | undefined
  #requestId: string | undefined

  constructor(request: Request, connection: Connection, { ids, log }: { ids: Ids; log: Logger }) {
    this.request = request
    this.log = log
    this.#connection = connection
    this.#ids = ids
  }

  get authorization(): string | null {
    return this.request.headers.get("authorization")
  }

  get address(): string {
    return (this.#address ??= this.#connection.address)
  }

  get signal(): AbortSignal {
    return this.request.signal
  }

  get requestId(): string {
    return (this.#requestId ??= this.#ids.create())
  }
}
