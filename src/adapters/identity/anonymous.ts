import type { Identity } from "../../ports/identity.ts"

/** Everybody is `anonymous`, whatever they bring. */
export function createAnonymousIdentity(): Identity {
  return {
    challenge: () => undefined,
    reload: () => Promise.resolve(),
    authenticate: (credentials) =>
      Promise.resolve({
        id: "anonymous",
        // Read when it is asked for: an address costs the listener a microsecond, and most requests need none.
        get quotaKey() {
          return `address:${credentials.address}`
        },
      }),
  }
}
