/** Why a promise has no test, or not all of them, yet: what it is about is not there. */
export type Missing =
  | "object stores"
  | "PostgreSQL"
  | "accounts"
  | "mirrors"
  | "scanning"
  | "the web page"
  | "a second release"
  | "a measurement on the reference machine"

/** A promise, a rule, a trap, a way in which others lost data, a bad input or a goal, with the tests that show it. */
export interface Row {
  id: string
  /** `file > part of the test's name`; of a bad input in the table of them, its id there. */
  tests: readonly string[]
  /** What the rest of it waits for. */
  waitsFor?: readonly Missing[]
}
