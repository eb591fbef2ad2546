/** One thing wrong with a configuration. `key` is dotted (`http.addr`), or the place in the file (`config.yml:3:5`). */
export interface ConfigProblem {
  readonly key: string
  /** The value seen, as one would write it; absent when there is none, and never a whole section (it may hold secrets). */
  readonly seen?: string
  /** What is allowed, or why the key is refused. */
  readonly message: string
  /** The environment variable that the value came from. */
  readonly variable?: string
}

/** The configuration cannot be used. Holds every problem that was found, not only the first. */
export class ConfigError extends Error {
  override readonly name = "ConfigError"
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join("\n"))
    this.problems = problems
  }
}

/** A value that its key does not allow; turned into a problem by whoever knows the key. */
export class InvalidValueError extends Error {
  override readonly name = "InvalidValueError"
}

/** Writes a problem on one line. */
export function formatProblem({ key, seen, message, variable }: ConfigProblem): string {
  const origin = variable === undefined ? [] : [`set by ${variable}`]
  const details = [...(seen === undefined ? [] : [`seen: ${seen}`]), ...origin]
  return details.length === 0 ? `${key}: ${message}` : `${key}: ${message} (${details.join(", ")})`
}
