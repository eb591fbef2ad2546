import { isRegistryError, RegistryError } from "../domain/errors.ts"
import { isRepositoryName } from "../domain/repository-name.ts"
import { listScopes, type Scope } from "../domain/scope.ts"
import type { Access } from "../services/access.ts"
import type { Route } from "./distribution/route.ts"
import type { Right } from "./distribution/routes.ts"
import type { IncomingRequest } from "./incoming-request.ts"

interface Asked {
  access: Access
  /** Of the answer; they get the challenge. */
  headers: Record<string, string>
  incoming: IncomingRequest
  right: Right
  route: Route
  query: URLSearchParams
}

/** Says in the answer to a refused request what the caller would need, in the words of distribution. Other errors stay as they are. */
export function describeDenial(error: unknown, asked: Asked): unknown {
  if (!isRegistryError(error)) return error
  const isInsufficient = error.code === "SCOPE_INSUFFICIENT"
  if (!isInsufficient && error.code !== "UNAUTHENTICATED") return error
  const { access, headers, incoming } = asked
  const scopes = listNeeded(asked)
  const { authorization } = incoming
  const challenge = access.challenge({ authorization, scopes, isInsufficient, origin: incoming.loginOrigin })
  if (challenge !== undefined) headers["WWW-Authenticate"] = challenge
  const detail = scopes.map(({ type, name, action }) => ({ Type: type, Class: "", Name: name, Action: action }))
  return new RegistryError(error.code, error.message, { detail: detail.length === 0 ? null : detail })
}

function listNeeded({ right, route, query }: Asked): Scope[] {
  if (right === "login" || right === "public") return []
  const scopes = listScopes(right, "name" in route ? route.name : "")
  const from = query.get("from")
  // So that one token serves for both: without this one the mount is no error, but the blob has to be sent.
  if (route.kind === "uploads" && from !== null && isRepositoryName(from)) scopes.push(...listScopes("pull", from))
  return scopes
}
