import type { Command } from "commander"
import type { CommandContext } from "./command.ts"
import { CONFIG_MEANING, CONFIG_OPTION, loadConfiguration, readConfiguration } from "./configuration.ts"
import type { CliDependencies } from "./dependencies.ts"
import { describeError } from "./describe-error.ts"
import { FAILED, MISUSED } from "./exit-codes.ts"

export function registerServe(program: Command, context: CommandContext): void {
  program
    .command("serve")
    .description("serve a registry until SIGTERM or SIGINT")
    .argument("[config]", "the configuration file")
    .option(CONFIG_OPTION, CONFIG_MEANING)
    .action(async (path: string | undefined, options: { config?: string }) =>
      context.finish(await serveFile(context.deps, path ?? options.config)),
    )
}

/** Serves with the file that is named, or else is found. Gives the exit code. */
export async function serveFile(deps: CliDependencies, named: string | undefined): Promise<number> {
  const loaded = await readConfiguration(deps, named)
  if (loaded === undefined) return MISUSED
  try {
    return await deps.serve(loaded, () => loadConfiguration(deps, named))
  } catch (error) {
    deps.err(`berth: cannot serve: ${describeError(error)}\n`)
    return FAILED
  }
}
