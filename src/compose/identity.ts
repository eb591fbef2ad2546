import { systemClock as clock } from "../adapters/clock/system.ts"
import { createAnonymousIdentity } from "../adapters/identity/anonymous.ts"
import { createHtpasswdIdentity } from "../adapters/identity/htpasswd.ts"
import type { Config } from "../config/config.ts"
import type { Identity } from "../ports/identity.ts"
import type { Logger } from "../ports/logger.ts"

/** Rejects with an Error whose message is for the operator. */
export async function openIdentity(config: Config, log: Logger): Promise<Identity> {
  if (config.auth === undefined) return createAnonymousIdentity()
  if (config.auth.kind !== "htpasswd") throw new Error(`auth.${config.auth.kind} is not in this version`)
  return createHtpasswdIdentity({ realm: config.auth.realm, path: config.auth.path, clock, log })
}
