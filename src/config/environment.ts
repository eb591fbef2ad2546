import { InvalidValueError } from "./config-error.ts"
import { isSecretKey } from "./known-keys.ts"
import { findNearest } from "./nearest-key.ts"
import type { Report } from "./report.ts"
import { findNode, type SettingNode, type SettingTree, withNode } from "./setting-tree.ts"
import { withDrivers } from "./shorthands.ts"
import { findVariableTarget, listVariables, type VariableTarget } from "./variables.ts"
import { findPlainScalar, parseYaml } from "./yaml-text.ts"

const FILE_SUFFIX = "_FILE"

export type Environment = Readonly<Record<string, string | undefined>>

// The file's own name, and what Kubernetes tells every pod about a service that is called "registry".
const NOT_SETTINGS = /^REGISTRY_(?:CONFIGURATION_PATH$|AUTH_FILE$|(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$))/

interface Variables {
  readonly env: Environment
  /** Reads a secret that a variable names the file of. */
  readFile?(path: string): Promise<string>
}

/** Gives the tree with distribution's variables applied: in sorted order, so parents first, their values read as YAML. */
export async function withEnvironment(tree: SettingTree, variables: Variables, report: Report): Promise<SettingTree> {
  let changed = tree
  for (const variable of Object.keys(variables.env).toSorted()) {
    const text = variables.env[variable]
    if (!variable.startsWith("REGISTRY_") || NOT_SETTINGS.test(variable) || text === undefined) continue
    const fileTarget = findSecretTarget(variable)
    const target = fileTarget ?? findVariableTarget(variable)
    if (target === undefined) {
      report.warn(`${variable} is unknown and has no effect; did you mean ${findNearestVariable(variable)}?`)
      continue
    }
    report.trace(target.path.join("."), variable)
    const value =
      fileTarget === undefined
        ? await readValue(variable, text, report)
        : await readSecret(variable, () => variables.readFile?.(text), report)
    changed = withVariable(changed, target, value, report)
  }
  return changed
}

/** Of the section that the name begins with, where there is one. */
function findNearestVariable(variable: string): string | undefined {
  const known = listVariables()
  const sections = known.filter((each) => variable.startsWith(`${each}_`))
  const section = sections.reduce((longest, each) => (each.length > longest.length ? each : longest), "REGISTRY")
  const within = known.filter((each) => each.startsWith(`${section}_`))
  return findNearest(variable, within.length > 0 ? within : known)
}

/** What a variable gives the file of: REGISTRY_HTTP_SECRET_FILE names one that holds `http.secret`. */
function findSecretTarget(variable: string): VariableTarget | undefined {
  if (!variable.endsWith(FILE_SUFFIX)) return undefined
  const target = findVariableTarget(variable.slice(0, -FILE_SUFFIX.length))
  return target !== undefined && isSecretKey(target.path) ? target : undefined
}

async function readSecret(
  variable: string,
  readFile: () => Promise<string> | undefined,
  report: Report,
): Promise<SettingNode> {
  try {
    return ((await readFile()) ?? "").replace(/\r?\n$/, "")
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    report.refuse({ key: variable, message: `names a file that cannot be read: ${message}` })
    return null
  }
}

async function readValue(variable: string, text: string, report: Report): Promise<SettingNode> {
  const plain = findPlainScalar(text)
  return plain === undefined ? await readYaml(variable, text, report) : plain
}

async function readYaml(variable: string, text: string, report: Report): Promise<SettingNode> {
  const { node, errors, warnings } = await parseYaml(text)
  for (const { message } of errors) report.refuse({ key: variable, message: `is not YAML: ${message}` })
  for (const { message } of warnings) report.warn(`${variable}: ${message}`)
  return errors.length === 0 ? node : null
}

function withVariable(tree: SettingTree, target: VariableTarget, value: SettingNode, report: Report): SettingTree {
  try {
    const ready = target.lists.reduce((changed, depth) => withList(changed, target.path.slice(0, depth)), tree)
    return withDrivers(withNode(ready, target.path, value) as SettingTree)
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error
    report.refuse({ key: target.path.join("."), message: error.message })
    return tree
  }
}

function withList(tree: SettingTree, path: readonly string[]): SettingTree {
  const node = findNode(tree, path)
  if (Array.isArray(node)) return tree
  return withNode(tree, path, typeof node === "string" ? [node] : []) as SettingTree
}
