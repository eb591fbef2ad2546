/**
 * Lists the keys, dotted and as the file has them, whose values differ between two configurations' settings. A list counts
 * as one value, and so does what has no keys.
 */
export function listChangedKeys(before: unknown, after: unknown, above = ""): string[] {
  if (!isSection(before) && !isSection(after)) return print(before) === print(after) ? [] : [above]
  const [left, right] = [before, after].map((side) => (isSection(side) ? side : {}))
  const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])
  return [...names].flatMap((name) =>
    listChangedKeys(left?.[name], right?.[name], above === "" ? name : `${above}.${name}`),
  )
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof RegExp)
}

function print(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof RegExp ? String(inner) : inner))
}
