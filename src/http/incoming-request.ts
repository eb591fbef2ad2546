import type { Actor } from "../domain/actor.ts"
import type { Credentials } from "../ports/identity.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { RequestContext } from "../services/request-context.ts"

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
  readonly #connection: Connection
  readonly #ids: Ids
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
    return this.#connection.address
  }

  get signal(): AbortSignal {
    return this.request.signal
  }

  get requestId(): string {
    return (this.#requestId ??= this.#ids.create())
  }
}
