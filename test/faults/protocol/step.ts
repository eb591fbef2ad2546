import * as fc from "fast-check"
import { BAD_NAMES, CONTENTS, digestOf, NO_DIGESTS, REPOSITORIES, UNKNOWN } from "./pool.ts"
import type { Face, Question, User } from "./question.ts"
import type { State } from "./state.ts"

/** What somebody may do next. What was drawn counts the same whatever came before, so that a sequence can be shortened. */
export interface Step {
  text: string
  /** The request, given what there is; `undefined` where there is nothing to do it with. */
  make(state: State): Question | undefined
}

export function step<T>(
  name: string,
  drawn: fc.Arbitrary<T>,
  make: (state: State, drawn: T) => Question | undefined,
): fc.Arbitrary<Step> {
  return drawn.map((value) => ({
    text: `${name} ${JSON.stringify(value)}`,
    make: (state) => make(state, value),
  }))
}

/** Mostly the first, now and then the other. */
export function mostly<T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>, weight = 10): fc.Arbitrary<T | U> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })
}

export function pick<T>(list: readonly T[], index: number): T | undefined {
  return list[index % list.length]
}

/** Who asks, and whom. */
export const asker = fc.record({
  user: mostly(
    fc.constant<User>("admin"),
    fc.constantFrom<User>("writer", "writer", "writer", "reader", "lister", "nobody"),
    5,
  ),
  face: mostly(fc.constant<Face>("usual"), fc.constantFrom<Face>("no-deletes", "read-only"), 12),
})

export const aRepository = mostly(fc.constantFrom(...REPOSITORIES), fc.constantFrom(...BAD_NAMES), 25)
export const anAlgorithm = mostly(fc.constant("sha256" as const), fc.constant("sha512" as const), 5)
export const aDigest = mostly(
  fc.tuple(fc.nat(CONTENTS.length - 1), anAlgorithm).map(([index, algorithm]) => {
    return digestOf(CONTENTS[index] ?? new Uint8Array(0), algorithm)
  }),
  fc.constantFrom(...UNKNOWN, ...NO_DIGESTS),
)
