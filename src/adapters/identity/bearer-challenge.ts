import type { Scope } from "../../domain/scope.ts"
import { quote } from "./quoted-string.ts"

interface BearerChallenge {
  /** Where clients get a token. */
  realm: string
  service: string
  /** Scopes in the grammar of token servers, separated by spaces; empty: none is named. */
  scope: string
  error?: "invalid_token" | "insufficient_scope" | undefined
}

/** The WWW-Authenticate value of RFC 6750, section 3, in distribution's order and without a space, as clients have always seen it. */
export function formatBearerChallenge({ realm, service, scope, error }: BearerChallenge): string {
  const parameters = [`realm=${quote(realm)}`, `service=${quote(service)}`]
  if (scope !== "") parameters.push(`scope=${quote(scope)}`)
  if (error !== undefined) parameters.push(`error=${quote(error)}`)
  return `Bearer ${parameters.join(",")}`
}

/** `repository:a/b:pull,push repository:c/d:pull`: each resource once, with all its actions. */
export function formatScopes(scopes: readonly Scope[]): string {
  const actions = new Map<string, Set<string>>()
  for (const { type, name, action } of scopes) {
    const resource = `${type}:${name}`
    actions.set(resource, (actions.get(resource) ?? new Set()).add(action))
  }
  return [...actions].map(([resource, each]) => `${resource}:${[...each].join(",")}`).join(" ")
}
