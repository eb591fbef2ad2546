import { availableParallelism } from "node:os"
import type { Actor } from "../../domain/actor.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Credentials, Identity } from "../../ports/identity.ts"
import type { Logger } from "../../ports/logger.ts"
import { formatBasicChallenge } from "./basic-challenge.ts"
import { findBasicCredentials, type BasicCredentials } from "./basic-credentials.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { provisionHtpasswd } from "./htpasswd-provision.ts"
import { openHtpasswdSource } from "./htpasswd-source.ts"
import { createPasswordCheck, type VerifyPassword } from "./password-check.ts"
import { createVerifiedCache } from "./verified-cache.ts"

export interface HtpasswdOptions {
  realm: string
  path: string
  clock: Clock
  log: Logger
  verify?: VerifyPassword
}

interface VerifiedLogin {
  user: string
  /** The user's hash at that time: the entry counts for nothing once the file holds another. */
  hash: string
}

const REMEMBERED_MILLISECONDS = 60_000

/**
 * Users and bcrypt hashes from a file of Apache's `htpasswd`, read again when it changes, and made where it is missing.
 * Rejects when it cannot be read.
 * `authenticate` throws OVERLOADED for a user or address with too many failures, unless the same login was right lately.
 */
export async function createHtpasswdIdentity(options: HtpasswdOptions): Promise<Identity> {
  const { realm, clock } = options
  await provisionHtpasswd(options.path, options.log)
  const source = await openHtpasswdSource(options)
  const cache = createVerifiedCache<VerifiedLogin>({ clock })
  const limit = createFailureLimit({ clock })
  const concurrency = Math.max(1, Math.floor(availableParallelism() / 2))
  const passwords = createPasswordCheck({ verify: options.verify ?? verifyBcrypt, concurrency })
  const underWay = new Map<string, Promise<boolean>>()

  async function isRight({ user, password }: BasicCredentials, key: string): Promise<boolean> {
    const { hashes, usualCost } = source.current()
    const hash = hashes.get(user)
    const isVerified = await passwords.verify(password, hash, usualCost)
    if (isVerified && hash !== undefined) cache.put(key, { user, hash }, clock.now() + REMEMBERED_MILLISECONDS)
    return isVerified
  }

  async function check(login: BasicCredentials, key: string, address: string): Promise<boolean> {
    return limit.guard([`user:${login.user}`, `address:${address}`], async () => {
      if (await isRight(login, key)) return true
      // A user who was added a moment ago need not wait for the next look at the file.
      return (await source.refreshNow()) && isRight(login, key)
    })
  }

  // Clients send the same login on several connections at once: it is checked once.
  async function checkOnce(login: BasicCredentials, key: string, address: string): Promise<boolean> {
    const flight = `${key} ${address}`
    const started = underWay.get(flight)
    if (started !== undefined) return started
    const checking = check(login, key, address).finally(() => underWay.delete(flight))
    underWay.set(flight, checking)
    return checking
  }

  async function authenticate({ authorization, address }: Credentials): Promise<Actor | undefined> {
    if (authorization === null) return undefined
    await source.refresh()
    const key = cache.keyOf(authorization)
    const known = cache.find(key)
    if (known !== undefined && source.current().hashes.get(known.user) === known.hash) return actorOf(known.user)
    const login = findBasicCredentials(authorization)
    if (login === undefined) return undefined
    return (await checkOnce(login, key, address)) ? actorOf(login.user) : undefined
  }

  const challenge = formatBasicChallenge(realm)
  return {
    challenge: () => challenge,
    authenticate,
    reload: async () => void (await source.refreshNow()),
  }
}

function actorOf(user: string): Actor {
  return { id: user, quotaKey: `user:${user}` }
}

async function verifyBcrypt(password: string | Uint8Array, hash: string): Promise<boolean> {
  // An empty password, and a hash that only looks like one, make the runtime throw.
  return Bun.password.verify(password, hash).catch(() => false)
}
