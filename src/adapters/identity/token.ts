import type { Actor } from "../../domain/actor.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Credentials, Denial, Identity } from "../../ports/identity.ts"
import type { Logger } from "../../ports/logger.ts"
import { formatBearerChallenge, formatScopes } from "./bearer-challenge.ts"
import { createTokenCheck, type VerifiedToken } from "./token-check.ts"
import { openTokenKeys, type TokenKeyFiles } from "./token-keys.ts"
import type { TrustedKeys } from "./trusted-keys.ts"
import { createVerifiedCache } from "./verified-cache.ts"

export interface TokenOptions extends TokenKeyFiles {
  realm: string
  service: string
  issuer: string
  algorithms: readonly string[]
  /** Set: the realm is this path where the client reached the registry. */
  redirectPath: string | undefined
  clock: Clock
  log: Logger
}

interface Remembered extends VerifiedToken {
  /** The keys in force at that time: the entry counts for nothing once there are others. */
  keys: TrustedKeys
}

/**
 * Tokens of an authorization server elsewhere (distribution's token specification): callers may do what their token says,
 * and nothing else. Rejects when the issuer's keys cannot be read.
 */
export async function createTokenIdentity(options: TokenOptions): Promise<Identity> {
  const { clock, log, redirectPath } = options
  const source = await openTokenKeys(options)
  const check = createTokenCheck(options)
  const cache = createVerifiedCache<Remembered>({ clock })

  async function verify(token: string, key: string): Promise<VerifiedToken | undefined> {
    const keys = source.current()
    try {
      const verified = await check(token, keys)
      cache.put(key, { ...verified, keys }, verified.expiresAt)
      return verified
    } catch (error) {
      log.info("token: refused", { reason: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }

  async function authenticate(credentials: Credentials): Promise<Actor | undefined> {
    const { authorization } = credentials
    const token = findBearer(authorization)
    if (authorization === null || token === undefined) return undefined
    await source.refresh()
    const key = cache.keyOf(authorization)
    const known = cache.find(key)
    const verified = known?.keys === source.current() ? known : await verify(token, key)
    return verified && createActor(verified, credentials)
  }

  function challenge({ authorization, scopes, isInsufficient, origin }: Denial): string {
    const realm = redirectPath === undefined ? options.realm : `${origin}/${redirectPath.replace(/^\//, "")}`
    // RFC 6750, section 3.1: who brought no token is not told of an error.
    const invalid = findBearer(authorization) === undefined ? undefined : "invalid_token"
    const error = isInsufficient ? "insufficient_scope" : invalid
    return formatBearerChallenge({ realm, service: options.service, scope: formatScopes(scopes), error })
  }

  return { challenge, authenticate, reload: async () => void (await source.refreshNow()) }
}

function findBearer(authorization: string | null): string | undefined {
  return authorization === null ? undefined : /^bearer (.+)$/i.exec(authorization)?.[1]
}

/** A token without a subject is given to whoever did not log in with the issuer. */
function createActor({ user, grants }: VerifiedToken, credentials: Credentials): Actor {
  if (user !== "") return { id: user, quotaKey: `user:${user}`, grants }
  return {
    id: "anonymous",
    get quotaKey() {
      return `address:${credentials.address}`
    },
    grants,
  }
}
