import type { Config } from "../config/config.ts"

/** What the command line needs of the process. */
export interface CliDependencies {
  /** What follows the program's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Gives a file's text. Rejects with the system's error. */
  readFile(path: string): Promise<string>
  /** Runs the server until it is told to stop; gives the exit code. */
  serve(config: Config, warnings: readonly string[]): Promise<number>
  out(text: string): void
  err(text: string): void
}
