import type { Identity } from "../../ports/identity.ts"

/** Everybody is `anonymous`, whatever they bring. */
export function createAnonymousIdentity(): Identity {
  return {
    challenge: undefined,
    authenticate: ({ address }) => Promise.resolve({ id: "anonymous", quotaKey: `address:${address}` }),
  }
}
