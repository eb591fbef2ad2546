import { Command, CommanderError } from "commander"
import type { CommandContext, RegisterCommand } from "./command.ts"
import type { CliDependencies } from "./dependencies.ts"
import { registerAdopt } from "./adopt.ts"
import { registerBackup } from "./backup.ts"
import { registerConfig } from "./config.ts"
import { CONFIG_MEANING, CONFIG_OPTION } from "./configuration.ts"
import { registerEvents } from "./events.ts"
import { DONE, MISUSED } from "./exit-codes.ts"
import { registerExport } from "./exports.ts"
import { registerImport } from "./layout-import.ts"
import { expandGarbageCollect, registerGarbageCollect } from "./garbage-collect.ts"
import { registerGc } from "./gc.ts"
import { registerFsck } from "./fsck.ts"
import { registerManifest } from "./manifests.ts"
import { registerJob } from "./jobs.ts"
import { registerRepository } from "./repositories.ts"
import { registerRestore } from "./restore.ts"
import { registerScrub } from "./scrub.ts"
import { registerServe } from "./serve.ts"
import { registerTag } from "./tags.ts"
import { registerWhy } from "./why.ts"

/** In the order of the help. */
const COMMANDS: readonly RegisterCommand[] = [
  registerServe,
  registerRepository,
  registerTag,
  registerManifest,
  registerGc,
  registerWhy,
  registerEvents,
  registerBackup,
  registerRestore,
  registerExport,
  registerImport,
  registerJob,
  registerAdopt,
  registerScrub,
  registerFsck,
  registerConfig,
  registerGarbageCollect,
]

const EXAMPLES = `
Examples:
  berth serve                    serve ./data on 127.0.0.1:5000
  berth serve config.yml         serve with a configuration, in the form that registry:2 reads
  berth config.yml               the same
  REGISTRY_HTTP_ADDR=:5000 berth serve
                                 override one key: REGISTRY_ and its path, joined by _

  berth repository list          what the registry has
  berth config check config.yml  tell every value that holds, and where it came from

Without a file, the one is read that REGISTRY_CONFIGURATION_PATH names, if it is set.
`

/** Runs the command line through its parser: help, version, mistakes, and all that is no plain start of a server. */
export async function runProgram(deps: CliDependencies): Promise<number> {
  let exitCode: number = DONE
  const finish = (code: number) => {
    exitCode = code
  }
  try {
    await createProgram({ deps, finish }).parseAsync(expandGarbageCollect(askForHelp(deps.argv)), { from: "user" })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? DONE : MISUSED
  }
}

/** `help --help` is `help`: the parser would look for a command of that name. */
function askForHelp(argv: readonly string[]): readonly string[] {
  const [command, ...rest] = argv
  return command === "help" ? ["help", ...rest.filter((each) => !["-h", "--help"].includes(each))] : argv
}

/** Every command, unread. */
export function createProgram(context: CommandContext): Command {
  const { deps } = context
  const program = new Command("berth")
    .description("A container registry: push, pull and keep images.")
    .version(`berth ${deps.version}`, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option(CONFIG_OPTION, CONFIG_MEANING)
    // Else an option of the program is taken from wherever it stands, and the command does not see its own.
    .enablePositionalOptions()
    .hook("preAction", (_, command) => passConfiguration(command))
    .addHelpText("after", EXAMPLES)
    .configureOutput({
      writeOut: (text) => deps.out(text),
      writeErr: (text) => deps.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, "berth: ")),
    })
    .showHelpAfterError(
      "berth --help, and --help after any command, tell what there is; --config FILE names the configuration",
    )
    .exitOverride()
  for (const register of COMMANDS) register(program, context)
  for (const group of program.commands.filter(({ commands }) => commands.length > 0))
    group.option(CONFIG_OPTION, CONFIG_MEANING).enablePositionalOptions()
  return program
}

/** The nearest to the command counts: `berth --config FILE gc status`, `berth gc --config FILE status`. */
function passConfiguration(command: Command): void {
  let named: unknown
  for (let place: Command | null = command; place !== null; place = place.parent)
    named ??= place.getOptionValue("config")
  if (named !== undefined) command.setOptionValue("config", named)
}
