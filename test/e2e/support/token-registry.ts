import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../../support/berth.ts"
import { createScratch } from "../../support/scratch.ts"
import { ISSUER, SERVICE } from "../../support/token-issuer.ts"
import { startTokenServer, type Policy, type TokenServer } from "../../support/token-server.ts"
import type { Account, Registry } from "./registry.ts"

export interface TokenRegistry extends Registry {
  account: Account
  tokens: TokenServer
  /** May pull from `team`, and nothing else. */
  reader: Account
}

/** alice may do everything, bob may pull from `team`, and whoever has not logged in may pull from `public`. */
const allow: Policy = (user, type, name, actions) => {
  if (user === "alice") return actions
  const readable = user === "bob" ? "team/" : "public/"
  return actions.filter((action) => type === "repository" && name.startsWith(readable) && action === "pull")
}

/** Starts Berth and an authorization server whose tokens it takes. */
export async function startTokenRegistry(): Promise<TokenRegistry> {
  const scratch = createScratch("berth-tokens")
  const [account, reader] = [
    { user: "alice", password: "correct horse:battery" },
    { user: "bob", password: "reader" },
  ]
  const users = Object.fromEntries([account, reader].map(({ user, password }) => [user, password]))
  const tokens = startTokenServer({ users, allow })
  const rootcertbundle = join(scratch.path, "issuer.pem")
  writeFileSync(rootcertbundle, tokens.issuer.certificate)
  const berth = await startBerth({
    config: { auth: { token: { realm: tokens.realm, service: SERVICE, issuer: ISSUER, rootcertbundle } } },
  })
  return {
    host: berth.host,
    port: berth.port,
    url: berth.url,
    account,
    reader,
    tokens,
    [Symbol.asyncDispose]: async () => {
      await berth.stop()
      await tokens[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}
