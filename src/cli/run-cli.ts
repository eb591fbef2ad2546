import type { CliDependencies } from "./dependencies.ts"
import { serveFile } from "./serve.ts"

/** Runs one command. Gives the exit code: 0 done, 1 failed, 2 a command line or configuration that cannot be used. */
export async function runCli(deps: CliDependencies): Promise<number> {
  const [command = "", argument, ...rest] = deps.argv
  // The start of a server does not wait for the command line's parser to load.
  if (command === "serve" && rest.length === 0 && argument?.startsWith("-") !== true) return serveFile(deps, argument)
  // As the wrapper in distribution's image: a lone file is served.
  if (/\.ya?ml$/.test(command) && argument === undefined) return serveFile(deps, command)
  const { runProgram } = await import("./program.ts")
  return runProgram(deps)
}
