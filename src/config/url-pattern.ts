import { InvalidValueError } from "./config-error.ts"

// Written for Go's RE2; JavaScript would take these for something else without a word, and the patterns guard.
const GO_ONLY = /\\[pPQECaCz]|\[\[:|\(\?[a-zA-Z]*-?[a-zA-Z]*\)|\(\?[a-zA-Z-]+:/

/** Reads a regular expression of distribution's `validation.manifests.urls`. Throws InvalidValueError. */
export function parseUrlPattern(text: string): RegExp {
  const isCaseless = text.startsWith("(?i)")
  const pattern = (isCaseless ? text.slice("(?i)".length) : text)
    .replace(/^\\A/, "^")
    .replace(/\\z$/, "$")
    .replaceAll("(?P<", "(?<")
  if (GO_ONLY.test(pattern)) throw new InvalidValueError("not a pattern")
  try {
    return new RegExp(pattern, isCaseless ? "i" : "")
  } catch {
    throw new InvalidValueError("not a pattern")
  }
}

// A repetition without an upper end, and a group that holds one and is itself repeated: `(a+)*`. RE2 matches such in
// linear time; here a URL made for it could take for ever.
const ESCAPED = /\\./g
const CLASS = /\[[^\]]*\]/g
const INNERMOST_GROUP = /\(([^()]*)\)([*+]|\{\d+,\}|)/
const REPEATED = /[*+]|\{\d+,\}/

/** Whether a repetition stands within a repetition. */
export function hasNestedRepetition(pattern: string): boolean {
  let text = pattern.replaceAll(ESCAPED, "x").replaceAll(CLASS, "x")
  for (let group = INNERMOST_GROUP.exec(text); group !== null; group = INNERMOST_GROUP.exec(text)) {
    const [whole, inner = "", repetition] = group
    const isRepeated = REPEATED.test(inner)
    if (isRepeated && repetition !== "") return true
    // What holds a repetition counts as one for the group around it.
    text = text.replace(whole, () => (isRepeated || repetition !== "" ? "x+" : "x"))
  }
  return false
}
