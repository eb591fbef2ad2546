import type { Actor } from "../domain/actor.ts"
import type { EventRequest } from "../domain/event.ts"
import type { Logger } from "../ports/logger.ts"

/** The one context object: made for each request by http, and for each command by cli. */
export interface RequestContext {
  actor: Actor
  requestId: string
  signal: AbortSignal
  log: Logger
  /** The request that it was made for; absent for a command. Found out when it is first asked for. */
  source?: RequestSource
}

export interface RequestSource extends EventRequest {
  /** What the URLs of content begin with, as the client reaches it: ends with a slash, `v2/` follows. Empty when that is not known. */
  baseUrl: string
}
