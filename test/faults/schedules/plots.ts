import * as fc from "fast-check"
import type { Call } from "./call.ts"
import type { Plot } from "./play.ts"

/** An image under a tag, a layer that nothing names yet, and another repository. */
const IMAGE: readonly Call[] = [
  { verb: "push", repository: "a", blob: "x" },
  { verb: "push", repository: "a", blob: "y" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "push", repository: "b", blob: "w" },
]

/** What clients do to it. */
const CALLS: readonly Call[] = [
  { verb: "head", repository: "a", blob: "z" },
  { verb: "get", repository: "a", blob: "z" },
  { verb: "mount", repository: "b", from: "a", blob: "z" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "push", repository: "b", blob: "z" },
  { verb: "put", repository: "a", manifest: "two", tag: "new" },
  { verb: "put", repository: "a", manifest: "two", tag: "latest" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "put", repository: "a", manifest: "index", tag: "all" },
  { verb: "pull", repository: "a", manifest: "one" },
  { verb: "resolve", repository: "a", tag: "latest" },
  { verb: "list", repository: "a" },
  { verb: "untag", repository: "a", tag: "latest" },
  { verb: "delete", repository: "a", manifest: "one" },
  { verb: "unlink", repository: "a", blob: "z" },
  { verb: "drop", repository: "a" },
]

/** Each two of the calls at once, and each with itself. */
export const PAIRS: readonly Plot[] = CALLS.flatMap((one, place) =>
  CALLS.slice(place).map((other) => ({ setup: IMAGE, clients: [[one], [other]] })),
)

const MORE: readonly Call[] = [
  ...CALLS,
  { verb: "put", repository: "a", manifest: "signature" },
  { verb: "push", repository: "a", blob: "s" },
  { verb: "referrers", repository: "a", manifest: "one" },
  { verb: "put", repository: "a", manifest: "docker", tag: "latest" },
  { verb: "put", repository: "a", manifest: "list", tag: "all" },
  { verb: "untag", repository: "a", tag: "all" },
  { verb: "delete", repository: "a", manifest: "two" },
  { verb: "pull", repository: "a", manifest: "two" },
  { verb: "resolve", repository: "a", tag: "all" },
  { verb: "push", repository: "b", blob: "x" },
  { verb: "mount", repository: "b", from: "a", blob: "x" },
  { verb: "put", repository: "b", manifest: "two", tag: "latest" },
  { verb: "resolve", repository: "b", tag: "latest" },
  { verb: "unlink", repository: "b", blob: "z" },
  { verb: "head", repository: "b", blob: "z" },
]

/** Three clients that do up to three things each. */
export const triples: fc.Arbitrary<Plot> = fc.record({
  setup: fc.constant(IMAGE),
  clients: fc.array(fc.array(fc.constantFrom(...MORE), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
})
