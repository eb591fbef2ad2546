import { ConfigError } from "../config/config-error.ts"
import { type ConfigSources, loadConfig } from "../config/load-config.ts"
import type { CliDependencies } from "./dependencies.ts"

/** Serves with the file named, else with that of REGISTRY_CONFIGURATION_PATH, else with none. Gives the exit code. */
export async function serveFile(deps: CliDependencies, argument: string | undefined): Promise<number> {
  const { env } = deps
  const path = argument ?? (env["REGISTRY_CONFIGURATION_PATH"] || undefined)
  let file: ConfigSources["file"]
  try {
    file = path === undefined ? undefined : { path, text: await deps.readFile(path) }
  } catch (error) {
    deps.err(`berth: cannot read the configuration ${path}: ${describe(error)}\n`)
    return 2
  }
  try {
    const { config, warnings } = await loadConfig({ env, file })
    return await deps.serve(config, warnings)
  } catch (error) {
    const isConfigError = error instanceof ConfigError
    deps.err(isConfigError ? printConfigError(error) : `berth: cannot serve: ${describe(error)}\n`)
    return isConfigError ? 2 : 1
  }
}

function printConfigError(error: ConfigError): string {
  const lines = error.message.split("\n").map((line) => `  ${line}\n`)
  return `berth: the configuration cannot be used:\n${lines.join("")}`
}

// A port in use, a missing file, a held lock: thrown as a plain Error, whose message is a sentence for the operator. Any
// other kind (TypeError …) that no system call brought is a fault of ours, and its stack tells where.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperator = Object.getPrototypeOf(error) === Error.prototype || "code" in error
  return isForOperator ? error.message : (error.stack ?? error.message)
}
