import type { Action, Grants } from "./actor.ts"

/** One right on one resource, distribution's access record: `repository:a/b:pull`, `registry:catalog:*`. */
export interface Scope {
  type: "repository" | "registry"
  name: string
  action: string
}

// As distribution asks by method. Clients ask a token server for these beforehand, so none may be missing or spare.
const REPOSITORY_ACTIONS = {
  pull: ["pull"],
  push: ["pull", "push"],
  delete: ["delete"],
  cancel: ["delete"],
} as const
const CATALOG_ACTIONS = { catalog: "*", search: "search" } as const

/** What an action needs; on the catalog where the action is of no repository. */
export function listScopes(action: Action, repository: string): Scope[] {
  return action === "catalog" || action === "search"
    ? [{ type: "registry", name: "catalog", action: CATALOG_ACTIONS[action] }]
    : REPOSITORY_ACTIONS[action].map((each) => ({ type: "repository", name: repository, action: each }))
}

/** Whether the grants hold everything that `listScopes` names. */
export function isGranted(grants: Grants, action: Action, repository: string): boolean {
  if (action === "catalog" || action === "search") return includes(grants.catalog, CATALOG_ACTIONS[action])
  const granted = grants.repositories.get(repository)
  return granted !== undefined && REPOSITORY_ACTIONS[action].every((each) => includes(granted, each))
}

function includes(granted: ReadonlySet<string>, action: string): boolean {
  return granted.has("*") || granted.has(action)
}
