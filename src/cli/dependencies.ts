import type { Config } from "../config/config.ts"
import type { LoadedConfig } from "../config/load-config.ts"
import type { Operator, OperatorWay } from "./operator.ts"
import type { RestoreOrder, RestoreReport } from "./restore.ts"

/** What the command line needs of the process. */
export interface CliDependencies {
  /** What follows the program's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Gives a file's text. Rejects with the system's error. */
  readFile(path: string): Promise<string>
  /**
   * Changes the process's user where the surroundings ask for it; gives warnings for the operator. Called once for a
   * command that reads a configuration, before it opens anything else. Absent: the user stays.
   */
  changeUser?(config: Config): Promise<readonly string[]>
  /** Runs the server until it is told to stop; gives the exit code. `readAgain` rejects with an Error for the operator. */
  serve(loaded: LoadedConfig, readAgain: () => Promise<LoadedConfig>): Promise<number>
  /** Reaches the server that runs on the configuration's store, or opens that. Rejects with an Error for the operator. */
  openOperator(config: Config, way: OperatorWay): Promise<Operator>
  /** Makes a data directory of a backup. Rejects with an Error for the operator. Absent: this process cannot. */
  restore?(config: Config, order: RestoreOrder): Promise<RestoreReport>
  /** Calls the listener on Ctrl-C, which then ends nothing, until the function given is called. */
  onInterrupt(listener: () => void): () => void
  wait(ms: number): Promise<void>
  /** Epoch milliseconds. */
  now(): number
  /** Asks the person at the terminal; gives the line that is typed. `undefined`: Ctrl-C or Ctrl-D. */
  ask(question: string): Promise<string | undefined>
  /** Whether a person sees standard error and can answer. */
  readonly isTerminal: boolean
  /** Whether a person sees standard output. Absent: a program reads it. */
  readonly isOutputTerminal?: boolean
  out(text: string): void
  /** Resolves when what was printed has been taken. Absent: it always is at once. */
  drain?(): Promise<void>
  err(text: string): void
}
