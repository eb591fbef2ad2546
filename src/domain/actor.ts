/** Who makes a request. */
export interface Actor {
  /** The user's name, `anonymous`, or `operator`. */
  id: string
  /** What per-caller limits are counted by: the user, or the address of an anonymous caller. */
  quotaKey: string
}

/** What a route needs the right to. `catalog` is the right to list repositories. */
export type Action = "pull" | "push" | "delete" | "catalog"
