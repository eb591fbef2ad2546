import type { Grants } from "../../../src/domain/actor.ts"
import type { Identity } from "../../../src/ports/identity.ts"
import { REPOSITORIES } from "./pool.ts"
import type { User } from "./question.ts"

const [APP = "", BASE = ""] = REPOSITORIES

/** What each may do, by repository; `*` of the catalog is the right to list it. */
export const RIGHTS: Readonly<Record<Exclude<User, "admin" | "nobody">, Record<string, readonly string[]>>> = {
  writer: { [APP]: ["pull", "push"], [BASE]: ["pull"] },
  reader: { [APP]: ["pull"] },
  lister: { [BASE]: ["pull", "push", "delete"], catalog: ["*"] },
}

export const CHALLENGE = 'Test realm="protocol"'

/** Lets in whoever names one of the users in the Authorization header. */
export const testIdentity: Identity = {
  challenge: () => CHALLENGE,
  reload: () => Promise.resolve(),
  authenticate: ({ authorization }) => {
    const user = (authorization ?? "nobody") as User
    if (user === "nobody") return Promise.resolve(undefined)
    return Promise.resolve({ id: user, quotaKey: user, ...(user !== "admin" && { grants: grantsOf(user) }) })
  },
}

function grantsOf(user: keyof typeof RIGHTS): Grants {
  const { catalog = [], ...repositories } = RIGHTS[user]
  return {
    catalog: new Set(catalog),
    repositories: new Map(Object.entries(repositories).map(([name, actions]) => [name, new Set(actions)])),
  }
}
