import type { Actor } from "../domain/actor.ts"
import type { Scope } from "../domain/scope.ts"

/** What a request brings to say who makes it. */
export interface Credentials {
  /** The Authorization header as it came. */
  authorization: string | null
  /** The peer's address. */
  address: string
}

/** A request that is answered 401. */
export interface Denial {
  authorization: string | null
  /** What the request needs; empty where it needs no more than to have logged in. */
  scopes: readonly Scope[]
  /** The credentials are right, and do not reach so far. */
  isInsufficient: boolean
  /** Scheme and host by which the client reached the registry, without a slash at the end. */
  origin: string
}

export interface Identity {
  /** The WWW-Authenticate value of a 401; `undefined` where everybody may come in. Asked for when one is sent, and no sooner. */
  challenge(denial: Denial): string | undefined
  /** `undefined` when the credentials are missing or wrong. */
  authenticate(credentials: Credentials): Promise<Actor | undefined>
  /** Looks at once whether its files have changed. What cannot be read leaves in force what was; it never rejects. */
  reload(): Promise<void>
}
