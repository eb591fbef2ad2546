import { InvalidValueError } from "./config-error.ts"
import type { ValueType } from "./values.ts"

const name = { allowed: "the name of a header field", pattern: /^[\w!#$%&'*+.^`|~-]+$/ }

const value: ValueType<string> = {
  allowed: "a text on one line",
  parse: (text) => {
    // oxlint-disable-next-line no-control-regex -- RFC 9110, section 5.5: what a field's value cannot hold
    if (/[\0-\x08\n-\x1f\x7f]/.test(text)) throw new InvalidValueError("holds control characters")
    return text
  },
}

/** Header fields, by name. */
export const fields = { name, value, isSecret: false }

/** Header fields of requests to others: they may hold credentials. */
export const secretFields = { name, value: { ...value, isSecret: true }, isSecret: true }
