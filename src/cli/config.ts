import type { Command } from "commander"
import { ConfigError } from "../config/config-error.ts"
import type { CommandContext } from "./command.ts"
import { CONFIG_MEANING, CONFIG_OPTION, findSources, printConfigError } from "./configuration.ts"
import { describeError } from "./describe-error.ts"
import type { CliDependencies } from "./dependencies.ts"
import { DONE, MISUSED } from "./exit-codes.ts"
import { findUnreadableFiles } from "./named-files.ts"

interface Options {
  config?: string
  json?: boolean
  showSecrets?: boolean
}

export function registerConfig(program: Command, context: CommandContext): void {
  const config = program.command("config").description("check a configuration, or print what it comes to")
  config
    .command("check")
    .description("tell every value that holds, where it came from, and what is wrong")
    .argument("[file]", "the configuration file")
    .option(CONFIG_OPTION, CONFIG_MEANING)
    .option("--json", "as JSON")
    .action(async (file: string | undefined, options: Options) =>
      context.finish(await checkConfig(context.deps, file, options)),
    )
  config
    .command("print")
    .description("print the configuration with all defaults, in YAML that can be served")
    .argument("[file]", "the configuration file")
    .option(CONFIG_OPTION, CONFIG_MEANING)
    .option("--json", "as JSON")
    .option("--show-secrets", "with passwords and keys")
    .action(async (file: string | undefined, options: Options) =>
      context.finish(await printConfig(context.deps, file, options)),
    )
}

/** Gives exit code 0 when the configuration can be used, 2 when it cannot. */
async function checkConfig(deps: CliDependencies, file: string | undefined, options: Options): Promise<number> {
  const explained = await explain(deps, file ?? options.config)
  if (explained === undefined) return MISUSED
  const unreadable = await findUnreadableFiles(explained.settings, (path) => deps.readFile(path))
  const explanation = { ...explained, problems: [...explained.problems, ...unreadable] }
  const { printCheck, printCheckAsJson } = await import("./config-report.ts")
  deps.out(options.json === true ? printCheckAsJson(explanation) : printCheck(explanation))
  return explanation.problems.length === 0 ? DONE : MISUSED
}

async function printConfig(deps: CliDependencies, file: string | undefined, options: Options): Promise<number> {
  const explanation = await explain(deps, file ?? options.config)
  if (explanation === undefined) return MISUSED
  const { printAsJson, printAsYaml } = await import("./config-report.ts")
  if (explanation.problems.length > 0) {
    deps.err(printConfigError(new ConfigError(explanation.problems)))
    return MISUSED
  }
  const print = options.json === true ? printAsJson : printAsYaml
  deps.out(await print(explanation, options.showSecrets === true))
  return DONE
}

async function explain(deps: CliDependencies, named: string | undefined) {
  try {
    const { explainConfig } = await import("../config/explain.ts")
    return await explainConfig(await findSources(deps, named))
  } catch (error) {
    deps.err(`berth: ${describeError(error)}\n`)
    return undefined
  }
}
