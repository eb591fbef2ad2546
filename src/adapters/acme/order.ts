import type * as Acme from "acme-client"
import type { Cache } from "./cache.ts"

export interface OrderOptions {
  directoryUrl: string
  email: string | undefined
  hosts: readonly string[]
  cache: Cache
  /** Answers by token; filled and emptied while an order is under way. */
  challenges: Map<string, string>
}

const REQUEST_TIMEOUT_MS = 30_000
const FIRST_POLL_MS = 1000

/** Few servers need the library, and it brings much with it. */
export async function loadAcme(): Promise<typeof Acme> {
  const acme = await import("acme-client")
  acme.axios.defaults.timeout = REQUEST_TIMEOUT_MS
  return acme
}

/** Gets a certificate for all hosts by http-01, with the terms of service agreed to. Gives key and chain, PEM. */
export async function orderCertificate(options: OrderOptions): Promise<string> {
  const { email, hosts, challenges } = options
  const acme = await loadAcme()
  const client = await openAccount(options)
  const [key, csr] = await acme.crypto.createCsr({ altNames: [...hosts] }, await acme.crypto.createPrivateEcdsaKey())
  const chain = await client.auto({
    csr,
    ...(email === undefined ? {} : { email }),
    termsOfServiceAgreed: true,
    challengePriority: ["http-01"],
    // A server cannot always reach itself as others do.
    skipChallengeVerification: true,
    challengeCreateFn: async (_, challenge, answer) => {
      if (challenge.type !== "http-01") throw new Error("the authority offers no http-01")
      challenges.set(challenge.token, answer)
    },
    challengeRemoveFn: async (_, challenge) => {
      if (challenge.type === "http-01") challenges.delete(challenge.token)
    },
  })
  return `${key.toString().trim()}\n${chain}`
}

/** An account is its key: registering it again gives the same one. */
async function openAccount({ directoryUrl, cache }: OrderOptions): Promise<Acme.Client> {
  const acme = await loadAcme()
  let accountKey = await cache.findAccountKey()
  if (accountKey === undefined) {
    accountKey = (await acme.crypto.createPrivateEcdsaKey()).toString()
    await cache.putAccountKey(accountKey)
  }
  return new acme.Client({ directoryUrl, accountKey, backoffMin: FIRST_POLL_MS })
}

/** Signed by itself and expired: something to open the port with until there is a certificate; no client accepts it. */
export async function createPlaceholder(host: string): Promise<string> {
  const acme = await loadAcme()
  const authorization = {
    identifier: { type: "dns", value: host },
    status: "pending" as const,
    challenges: [],
    url: "",
  }
  const [key, certificate] = await acme.crypto.createAlpnCertificate(authorization, "placeholder")
  return `${key.toString().trim()}\n${certificate.toString()}`
}
