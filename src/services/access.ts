import type { Action, Actor } from "../domain/actor.ts"
import { RegistryError } from "../domain/errors.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import { isGranted } from "../domain/scope.ts"
import type { Credentials, Denial, Identity } from "../ports/identity.ts"

export interface AccessRules {
  deleteEnabled: boolean
  readOnly: boolean
}

export interface Access {
  /** The WWW-Authenticate value of a 401. */
  challenge(denial: Denial): string | undefined
  /** Throws UNAUTHENTICATED when credentials are missing or wrong. */
  authenticate(credentials: Credentials): Promise<Actor>
  /**
   * Throws unless the actor may do it: SCOPE_INSUFFICIENT where its own rights do not reach so far, else what the rules of
   * the whole registry say.
   */
  decide(actor: Actor, action: Action, repository?: RepositoryName): void
  /** Whether the actor may have what the repository holds, by way of a mount for example. */
  canRead(actor: Actor, repository: RepositoryName): boolean
  /** Whether listings and searches may name the repository to the actor. */
  canList(actor: Actor, repository: RepositoryName): boolean
}

export function createAccess(identity: Identity, rules: AccessRules): Access {
  function canRead({ grants }: Actor, repository: RepositoryName): boolean {
    return grants === undefined || isGranted(grants, "pull", repository)
  }

  return {
    challenge: (denial) => identity.challenge(denial),
    authenticate: async (credentials) => {
      const actor = await identity.authenticate(credentials)
      if (actor === undefined) throw new RegistryError("UNAUTHENTICATED", "authentication required")
      return actor
    },
    decide: ({ grants }, action, repository) => {
      if (grants !== undefined && !isGranted(grants, action, repository ?? "")) {
        // The challenge tells insufficient_scope, of which clients make "denied"; the text is the one that they know.
        throw new RegistryError("SCOPE_INSUFFICIENT", "authentication required")
      }
      if (rules.readOnly && (action === "push" || action === "delete" || action === "cancel")) {
        throw new RegistryError("READ_ONLY", "the registry is in read-only mode")
      }
      if (action === "delete" && !rules.deleteEnabled) {
        throw new RegistryError("DELETE_DISABLED", "deleting is disabled: storage.delete.enabled turns it on")
      }
    },
    canRead,
    // The right to the catalog is the right to all names; what they hold is another matter.
    canList: (actor, repository) =>
      actor.grants === undefined || isGranted(actor.grants, "search", repository) || canRead(actor, repository),
  }
}
