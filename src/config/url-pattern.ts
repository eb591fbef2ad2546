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
