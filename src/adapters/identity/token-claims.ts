import type { Grants } from "../../domain/actor.ts"
import { isRecord } from "./trusted-keys.ts"

export interface TokenClaims {
  /** Empty for a caller without a name. */
  user: string
  grants: Grants
}

const LONGEST_USER_BYTES = 255
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/

/** Reads `sub` and `access` of a token whose signature is right; `undefined` when they are not what the token specification says. */
export function findClaims(payload: Record<string, unknown>): TokenClaims | undefined {
  const user = payload["sub"] ?? ""
  if (typeof user !== "string" || Buffer.byteLength(user) > LONGEST_USER_BYTES || CONTROL.test(user)) return undefined
  const access = payload["access"] ?? []
  if (!Array.isArray(access)) return undefined
  const repositories = new Map<string, Set<string>>()
  const catalog = new Set<string>()
  for (const item of access) {
    const granted = findGranted(item)
    if (granted === undefined) return undefined
    const { type, name, actions } = granted
    if (type === "registry" && name === "catalog") addAll(catalog, actions)
    // Matched to the letter: `repository(plugin)` is another type, and counts for nothing here.
    if (type === "repository") repositories.set(name, addAll(repositories.get(name) ?? new Set(), actions))
  }
  return { user, grants: { repositories, catalog } }
}

function findGranted(item: unknown): { type: string; name: string; actions: string[] } | undefined {
  if (!isRecord(item)) return undefined
  const { type, name } = item
  const actions = item["actions"] ?? []
  if (typeof type !== "string" || typeof name !== "string" || !Array.isArray(actions)) return undefined
  return actions.every((action) => typeof action === "string") ? { type, name, actions } : undefined
}

function addAll(set: Set<string>, actions: readonly string[]): Set<string> {
  for (const action of actions) set.add(action)
  return set
}
