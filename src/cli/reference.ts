import type { Command } from "commander"
import { createProgram } from "./program.ts"

const HEAD = `# Commands

This page is generated from the program. \`berth\` and \`registry\` are two names of one program.

A command finds its configuration as the server does: \`--config FILE\` before or after its name, else the file that \`REGISTRY_CONFIGURATION_PATH\` names, else none, which means \`./data\`.

Where a server runs on the data directory, it carries the command out: over the socket \`berth/control.sock\`, which only the server's user (and root) may open. Where none runs, the command opens the directory itself, under the lock that a server has, and another command or a starting server waits or is told so. A command that finds the directory locked, and no server at its socket, tries for ten seconds. Run commands as the server's user, so that what they write is the server's; the executable that root runs becomes the owner of the data directory by itself, unless \`BERTH_RUN_AS=root\`. Commands that list leave a directory that no Berth has served yet as it is. A registry in memory cannot be reached.

At a terminal lists print twelve digits of a digest, so that they fit it. \`--no-trunc\` prints digests whole, as they are printed into a pipe and with \`--json\`.

\`--json\` prints the result as one line of JSON on standard output. Progress, questions and errors go to standard error. Times are in UTC.

Deleting asks first and shows what goes. Where there is no terminal to ask at, \`--yes\` is needed; without it nothing is deleted, and what would go is shown. \`storage.delete.enabled\` is about clients and binds no command; in read-only mode nothing is deleted and no event replayed, while \`berth export\`, \`berth adopt\` and \`berth backup\` work. Deleting frees no space by itself: garbage collection does, when the grace period is over (\`gc.grace\`), and until then what was deleted can be restored.

Ctrl-C cancels what the command has begun, and where that has gone too far it is done all the same.

| Exit code | Means |
|---|---|
| 0 | done |
| 1 | it failed |
| 2 | the command line or the configuration cannot be used, or nothing was confirmed |
| 130 | cancelled |
`

/** docs/commands.md. */
export function printCommands(): string {
  return `${HEAD}${listCommands().map(printCommand).join("")}`
}

/** Every command that can be run, in the order of the help. */
export function listCommands(): Command[] {
  const nothing = () => Promise.reject(new Error("nothing runs here"))
  const print = () => undefined
  const program = createProgram({
    deps: {
      argv: [],
      env: {},
      version: "",
      isTerminal: false,
      readFile: nothing,
      serve: nothing,
      openOperator: nothing,
      ask: nothing,
      wait: () => Promise.resolve(),
      now: () => 0,
      onInterrupt: () => print,
      out: print,
      err: print,
    },
    finish: print,
  })
  return listLeaves(program)
}

function listLeaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(listLeaves)
}

function printCommand(command: Command): string {
  const help = command.createHelp()
  const [, ...usage] = help.commandUsage(command).split(" ")
  const terms = [
    ...help.visibleArguments(command).map((each) => [help.argumentTerm(each), help.argumentDescription(each)]),
    ...help.visibleOptions(command).map((each) => [help.optionTerm(each), help.optionDescription(each)]),
  ].filter(([term]) => term !== "-h, --help")
  const rows = terms.map(([term = "", meaning = ""]) => `| \`${term}\` | ${meaning} |\n`)
  const title = `\n## berth ${listNames(command).join(" ")}\n\n`
  const table = rows.length === 0 ? "" : `\n| | |\n|---|---|\n${rows.join("")}`
  return `${title}\`berth ${usage.join(" ")}\`: ${command.description()}.\n${table}`
}

export function listNames(command: Command): string[] {
  return command.parent === null ? [] : [...listNames(command.parent), command.name()]
}
