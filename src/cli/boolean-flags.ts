/** What Go's programs take for a truth value, which is what registry:2 is written in. */
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"])
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"])

/**
 * Rewrites options that are on or off as Go's programs take them, `--dry-run=true` and `-d=false`, into the plain ones that
 * are on. The last of an option counts. `names` gives the long option of each letter. What is not understood stays, for the
 * parser of the command line to refuse.
 */
export function expandBooleanFlags(argv: readonly string[], names: Readonly<Record<string, string>>): string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length
  const states = new Map<string, boolean>()
  const others: string[] = []
  for (const word of argv.slice(0, end)) {
    const flags = readFlags(word, names)
    if (flags === undefined) others.push(word)
    else for (const [name, isOn] of flags) states.set(name, isOn)
  }
  const on = [...states].filter(([, isOn]) => isOn).map(([name]) => `--${name}`)
  // First: behind an option that lacks its value they would be taken for one.
  return [...on, ...others, ...argv.slice(end)]
}

/** As `-dm=false`, where the value is that of the last letter. */
function readFlags(word: string, names: Readonly<Record<string, string>>): [string, boolean][] | undefined {
  const [, dashes, given = "", value = "true"] = /^(--?)([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
  const long = Object.values(names)
  const found = dashes === "--" ? [given] : dashes === "-" ? Array.from(given, (letter) => names[letter] ?? "") : []
  if (found.length === 0 || !found.every((name) => long.includes(name))) return undefined
  if (!TRUE.has(value) && !FALSE.has(value)) return undefined
  return found.map((name, at) => [name, at < found.length - 1 || TRUE.has(value)])
}
