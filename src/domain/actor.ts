/** Who makes a request. */
export interface Actor {
  /** The user's name, `anonymous`, or `operator`. */
  id: string
  /** What per-caller limits are counted by: the user, or the address of an anonymous caller. */
  quotaKey: string
  /** What the credentials reach to; absent: to everything that the registry's rules allow. */
  grants?: Grants
}

/** Actions by what they are on, as an authorization server grants them; `*` is every action. */
export interface Grants {
  /** By the exact name of a repository. */
  repositories: ReadonlyMap<string, ReadonlySet<string>>
  catalog: ReadonlySet<string>
}

/**
 * What a route needs the right to. `cancel` ends an upload; `catalog` is the right to list repositories, and `search` to
 * find them by a part of their name.
 */
export type Action = "pull" | "push" | "delete" | "cancel" | "catalog" | "search"
