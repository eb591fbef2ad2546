import { systemClock as clock } from "../adapters/clock/system.ts"
import { createAnonymousIdentity } from "../adapters/identity/anonymous.ts"
import { createHtpasswdIdentity } from "../adapters/identity/htpasswd.ts"
import { createSillyIdentity } from "../adapters/identity/silly.ts"
import type { Config } from "../config/config.ts"
import type { Identity } from "../ports/identity.ts"
import type { Logger } from "../ports/logger.ts"

/** Rejects with an Error whose message is for the operator. */
export async function openIdentity({ auth }: Config, log: Logger): Promise<Identity> {
  if (auth === undefined) return createAnonymousIdentity()
  if (auth.kind === "htpasswd") return createHtpasswdIdentity({ ...auth, clock, log })
  if (auth.kind === "silly") return createSillyIdentity(auth)
  // What reads tokens takes 20 ms to load, which every other start does without.
  const { createTokenIdentity } = await import("../adapters/identity/token.ts")
  return createTokenIdentity({ ...auth, clock, log })
}
