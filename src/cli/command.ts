import type { Command } from "commander"
import type { CliDependencies } from "./dependencies.ts"

/** What a command is given: the process, and where to say how it ended. */
export interface CommandContext {
  readonly deps: CliDependencies
  finish(exitCode: number): void
}

/** Adds one command to the command line. What the command needs to run it loads itself, when it is run. */
export type RegisterCommand = (program: Command, context: CommandContext) => void
