import type { Actor } from "../domain/actor.ts"

/** What a request brings to say who makes it. */
export interface Credentials {
  /** The Authorization header as it came. */
  authorization: string | null
  /** The peer's address. */
  address: string
}

export interface Identity {
  /** The WWW-Authenticate value of a 401, or nothing where everybody may come in. */
  challenge: string | undefined
  /** `undefined` when the credentials are missing or wrong. */
  authenticate(credentials: Credentials): Promise<Actor | undefined>
}
