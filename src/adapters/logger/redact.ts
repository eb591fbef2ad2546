const SECRET_KEY = /authorization|password|passwd|token|secret|cookie|credential/i
const DEEPEST = 3
const LONGEST_LIST = 100
const MOST_VERDICTS = 1000

/**
 * Makes fields fit to be logged: what lies under a key that names a secret is left out, errors become their text, and
 * what is nested deeper than three levels is not shown at all.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  for (const key in fields) if (!isPlain(fields[key]) || isSecret(key)) return redactObject(fields, 1)
  return fields
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    shown[key] = inner !== undefined && isSecret(key) ? "[redacted]" : redactValue(inner, depth + 1)
  }
  return shown
}

// The same few keys come again and again, and asking the pattern is most of what a line costs.
const verdicts = new Map<string, boolean>()

function isSecret(key: string): boolean {
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const verdict = SECRET_KEY.test(key)
  if (verdicts.size < MOST_VERDICTS) verdicts.set(key, verdict)
  return verdict
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "bigint" || typeof value === "symbol") return String(value)
  if (typeof value === "function") return "[function]"
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Error) return describeError(value)
  if (value instanceof Date || value instanceof URL) return value.toJSON()
  if (depth > DEEPEST) return "[…]"
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((item) => redactValue(item, depth + 1))
  return redactObject(value, depth)
}

function describeError(error: Error): string {
  const cause = error.cause === undefined ? "" : `\ncaused by ${describeCause(error.cause)}`
  return `${error.stack ?? `${error.name}: ${error.message}`}${cause}`
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}
