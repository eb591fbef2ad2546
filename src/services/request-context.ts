import type { Actor } from "../domain/actor.ts"
import type { Logger } from "../ports/logger.ts"

/** The one context object: made for each request by http, and for each command by cli. */
export interface RequestContext {
  actor: Actor
  requestId: string
  signal: AbortSignal
  log: Logger
}
