import type { ConfigProblem } from "./config-error.ts"

export interface Finding {
  readonly key: string
  readonly seen?: string | undefined
  readonly message: string
}

/** Collects all that is to be said about a configuration, so that it is said at once. */
export interface Report {
  readonly warnings: readonly string[]
  readonly problems: readonly ConfigProblem[]
  warn(warning: string): void
  refuse(finding: Finding): void
  /** Remembers that a variable gave a key its value. */
  trace(key: string, variable: string): void
  /** Gives the variable that a value came from, by itself, in a section or, for a list, in part. */
  findVariable(key: string): string | undefined
}

export function createReport(): Report {
  const warnings: string[] = []
  const problems: ConfigProblem[] = []
  const variables = new Map<string, string>()
  return {
    warnings,
    problems,
    warn: (warning) => void warnings.push(warning),
    refuse: ({ key, seen, message }) => {
      const variable = findVariable(variables, key)
      const rest = { ...(seen === undefined ? {} : { seen }), ...(variable === undefined ? {} : { variable }) }
      problems.push({ key, message, ...rest })
    },
    trace: (key, variable) => void variables.set(key.toLowerCase(), variable),
    findVariable: (key) => findVariable(variables, key),
  }
}

// A variable may hold a whole section, and so every key below; or one key of a driver that is refused as a whole.
function findVariable(variables: ReadonlyMap<string, string>, key: string): string | undefined {
  const names = key.toLowerCase().split(".")
  const keysAbove = names.map((_, index) => names.slice(0, names.length - index).join("."))
  const above = keysAbove.find((name) => variables.has(name))
  if (above !== undefined) return variables.get(above)
  return names.length === 1
    ? undefined
    : variables.get([...variables.keys()].find((name) => name.startsWith(`${key.toLowerCase()}.`)) ?? "")
}
