/** Gives each endpoint a name of its own: distribution lets several have one; here each has a queue, found by the name. */
export function nameEndpoints(written: readonly (string | undefined)[]): readonly string[] {
  const names = new Set<string>()
  for (const [index, own] of written.entries()) {
    let name = own ?? `endpoint-${index}`
    while (names.has(name)) name = `${name}-${index}`
    names.add(name)
  }
  return [...names]
}
