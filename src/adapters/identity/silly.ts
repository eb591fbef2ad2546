import type { Identity } from "../../ports/identity.ts"
import { formatBearerChallenge } from "./bearer-challenge.ts"

/** Lets everybody in who sends any Authorization header, as distribution's `silly` does: for tests of clients, nothing else. */
export function createSillyIdentity({ realm, service }: { realm: string; service: string }): Identity {
  return {
    challenge: ({ scopes }) => {
      // Each right on its own: distribution's silly does not join those of one repository, as its tokens do.
      const scope = scopes.map(({ type, name, action }) => `${type}:${name}:${action}`).join(" ")
      return formatBearerChallenge({ realm, service, scope })
    },
    authenticate: ({ authorization, address }) => {
      const isIn = authorization !== null && authorization !== ""
      return Promise.resolve(isIn ? { id: "silly", quotaKey: `address:${address}` } : undefined)
    },
    reload: () => Promise.resolve(),
  }
}
