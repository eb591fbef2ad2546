import type { Action, Actor } from "../domain/actor.ts"
import { RegistryError } from "../domain/errors.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Credentials, Identity } from "../ports/identity.ts"

export interface AccessRules {
  deleteEnabled: boolean
  readOnly: boolean
}

export interface Access {
  /** The WWW-Authenticate value of a 401. */
  challenge: string | undefined
  /** Throws UNAUTHENTICATED when credentials are missing or wrong. */
  authenticate(credentials: Credentials): Promise<Actor>
  /** Throws unless the actor may do it. The rules of the whole registry are told apart from the actor's rights. */
  decide(actor: Actor, action: Action, repository?: RepositoryName): void
  /** Whether listings, searches and mounts may show the actor that the repository exists. */
  canRead(actor: Actor, repository: RepositoryName): boolean
}

/** Whoever is let in may do everything that the registry's rules allow: there are no finer rights yet. */
export function createAccess(identity: Identity, rules: AccessRules): Access {
  return {
    challenge: identity.challenge,
    authenticate: async (credentials) => {
      const actor = await identity.authenticate(credentials)
      if (actor === undefined) throw new RegistryError("UNAUTHENTICATED", "authentication required")
      return actor
    },
    decide: (_actor, action) => {
      if (rules.readOnly && (action === "push" || action === "delete")) {
        throw new RegistryError("READ_ONLY", "the registry is in read-only mode")
      }
      if (action === "delete" && !rules.deleteEnabled) {
        throw new RegistryError("DELETE_DISABLED", "deleting is disabled: storage.delete.enabled turns it on")
      }
    },
    canRead: () => true,
  }
}
