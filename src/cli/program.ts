import { Command, CommanderError } from "commander"
import type { CliDependencies } from "./dependencies.ts"
import { serveFile } from "./serve.ts"

const EXAMPLES = `
Examples:
  berth serve                    serve ./data on 127.0.0.1:5000
  berth serve config.yml         serve with a configuration, in the form that registry:2 reads
  berth config.yml               the same
  REGISTRY_HTTP_ADDR=:5000 berth serve
                                 override one key: REGISTRY_ and its path, joined by _

Without a file, serve reads the one that REGISTRY_CONFIGURATION_PATH names, if it is set.
`

const MISUSED = 2

/** Runs the command line through its parser: help, version, mistakes, and all that is no plain start of a server. */
export async function runProgram(deps: CliDependencies): Promise<number> {
  let exitCode = 0
  const program = createProgram(deps, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(deps.argv, { from: "user" })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : MISUSED
  }
}

function createProgram(deps: CliDependencies, finish: (exitCode: number) => void): Command {
  const program = new Command("berth")
    .description("A container registry: push, pull and keep images.")
    .version(`berth ${deps.version}`, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", EXAMPLES)
    .configureOutput({ writeOut: (text) => deps.out(text), writeErr: (text) => deps.err(text) })
    .exitOverride()
  program
    .command("serve")
    .description("serve a registry until SIGTERM or SIGINT")
    .argument("[config]", "the configuration file")
    .action(async (path?: string) => finish(await serveFile(deps, path)))
  return program
}
