import { ConfigError } from "../config/config-error.ts"
import { type ConfigSources, type LoadedConfig, loadConfig } from "../config/load-config.ts"
import type { CliDependencies } from "./dependencies.ts"
import { describeError } from "./describe-error.ts"

/** The option that names the file, the same for every command. */
export const CONFIG_OPTION = "-c, --config <file>"
export const CONFIG_MEANING = "the configuration file (default: what REGISTRY_CONFIGURATION_PATH names)"

/**
 * Gives the paths of which the first that exists is the configuration; none: there is no file. A file that is named counts,
 * then that of REGISTRY_CONFIGURATION_PATH, then those of BERTH_CONFIGURATION_PATHS, parted by colons. The last is for
 * images: outside of one, the file of another registry on this machine is nothing to us.
 */
export function listConfigurationPaths(env: CliDependencies["env"], named: string | undefined): readonly string[] {
  const places = (env["BERTH_CONFIGURATION_PATHS"] ?? "").split(":").filter((path) => path !== "")
  const path = named ?? (env["REGISTRY_CONFIGURATION_PATH"] || undefined)
  if (path === undefined) return places
  // The images of distribution 2 and 3 have their file in different places, and ours stands in for both.
  return places.includes(path) ? [path, ...places.filter((place) => place !== path)] : [path]
}

/** Reads the configuration's file, `undefined` when there is none to be read. Rejects with an Error for the operator. */
export async function readConfigurationFile(
  deps: CliDependencies,
  named: string | undefined,
): Promise<ConfigSources["file"]> {
  const paths = listConfigurationPaths(deps.env, named)
  let failure: Error | undefined
  for (const path of paths) {
    try {
      return { path, text: await deps.readFile(path) }
    } catch (error) {
      failure ??= new Error(`cannot read the configuration ${path}: ${describeError(error)}`, { cause: error })
      if (!isAbsence(error)) throw failure
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

/** Reads and checks the configuration. Rejects with a ConfigError, or with an Error for the operator. */
export async function loadConfiguration(deps: CliDependencies, named: string | undefined): Promise<LoadedConfig> {
  return loadConfig(await findSources(deps, named))
}

/** Gives all that a configuration is read from. Rejects with an Error for the operator. */
export async function findSources(deps: CliDependencies, named: string | undefined): Promise<ConfigSources> {
  const file = await readConfigurationFile(deps, named)
  return { env: deps.env, file, readFile: (path) => deps.readFile(path) }
}

/**
 * Reads and checks the configuration of a command, and takes the user it is for. Gives `undefined` after it has printed why
 * it cannot be used.
 */
export async function readConfiguration(
  deps: CliDependencies,
  named: string | undefined,
): Promise<LoadedConfig | undefined> {
  try {
    const loaded = await loadConfiguration(deps, named)
    return { ...loaded, warnings: [...loaded.warnings, ...((await deps.changeUser?.(loaded.config)) ?? [])] }
  } catch (error) {
    deps.err(error instanceof ConfigError ? printConfigError(error) : `berth: ${describeError(error)}\n`)
    return undefined
  }
}

export function printConfigError(error: ConfigError): string {
  const lines = error.message.split("\n").map((line) => `  ${line}\n`)
  return `berth: the configuration cannot be used:\n${lines.join("")}`
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
