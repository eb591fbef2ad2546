import type * as z from "zod/mini"
import { assembleConfig } from "./assemble.ts"
import { ConfigError } from "./config-error.ts"
import type { Config } from "./config.ts"
import { checkPlaces, crossCheck, crossCheckValues } from "./cross-checks.ts"
import { type Environment, withEnvironment } from "./environment.ts"
import { isSecretKey } from "./known-keys.ts"
import { createReport, type Finding, type Report } from "./report.ts"
import { schema, type Settings } from "./schema.ts"
import { findNode, isTree, printNode, type SettingTree, withoutUnset } from "./setting-tree.ts"
import { withDrivers, withLogLevel } from "./shorthands.ts"
import { withStandards } from "./standards.ts"
import { checkKeys } from "./unknown-keys.ts"
import { parseYaml, type YamlPlace } from "./yaml-text.ts"

export interface ConfigSources {
  readonly env: Environment
  readonly file?: ConfigFile | undefined
  /** Reads a secret that a variable names the file of. */
  readFile?(path: string): Promise<string>
}

interface ConfigFile {
  readonly path: string
  readonly text: string
}

export interface LoadedConfig {
  readonly config: Config
  /** The same under the names of the file, to tell what differs from another. */
  readonly settings: Settings
  /** One line each, for the operator; the configuration is good all the same. */
  readonly warnings: readonly string[]
}

/** Reads a configuration: a file, or none, and the variables over it. Rejects with ConfigError, which holds every problem. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { settings, report } = await readSettings(sources)
  if (settings === undefined || report.problems.length > 0) throw new ConfigError(report.problems)
  return { config: frozen(assembleConfig(settings, sources.file?.path)), settings, warnings: report.warnings }
}

interface Reading {
  /** What the file and the variables say, and no default. */
  readonly tree: SettingTree
  /** `undefined` when not all of it can be read. */
  readonly settings: Settings | undefined
  readonly report: Report
}

/** Rejects with ConfigError for a file that is no YAML; every other problem is in the report. */
export async function readSettings(sources: ConfigSources): Promise<Reading> {
  const { env, file } = sources
  const report = createReport()
  const written = file === undefined ? {} : await parseFile(file, report)
  const said = await withEnvironment(withDrivers(written), sources, report)
  checkPlaces(said, env, report)
  const tree = withLogLevel(withoutUnset(said))
  checkKeys(tree, report)
  const settings = schema.safeParse(withStandards(tree, file?.path))
  for (const issue of settings.error?.issues ?? []) report.refuse(describeIssue(issue, tree))
  crossCheck(tree, file !== undefined, report)
  if (settings.data !== undefined) crossCheckValues(settings.data, report)
  return { tree, settings: settings.data, report }
}

// A file that YAML cannot read ends the matter: what is left of it would only bring problems that are none.
async function parseFile({ path, text }: ConfigFile, report: Report): Promise<SettingTree> {
  const { node, errors, warnings } = await parseYaml(text)
  for (const { place, message } of warnings) report.warn(`${printPlace(path, place)}: ${message}`)
  if (errors.length > 0)
    throw new ConfigError(errors.map(({ place, message }) => ({ key: printPlace(path, place), message })))
  if (node !== null && !isTree(node))
    throw new ConfigError([{ key: path, message: "must hold sections of keys, not a text or a list" }])
  return node ?? {}
}

function printPlace(path: string, place: YamlPlace | undefined): string {
  return place === undefined ? path : `${path}:${place.line}:${place.column}`
}

function describeIssue(issue: z.core.$ZodIssue, tree: SettingTree): Finding {
  const path = issue.path.map(String)
  if (issue.code === "invalid_key") return { key: path.join("."), message: issue.issues[0]?.message ?? issue.message }
  const node = findNode(tree, path)
  const isHidden = isSecretKey(path) || (issue.code === "custom" && isTree(node))
  return { key: path.join("."), seen: isHidden ? undefined : printNode(node), message: issue.message }
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
