import { InvalidValueError } from "./config-error.ts"
import { findNearest } from "./nearest-key.ts"
import type { Report } from "./report.ts"
import { findNode, type SettingNode, type SettingTree, withNode } from "./setting-tree.ts"
import { withDrivers } from "./shorthands.ts"
import { findVariableTarget, listVariables, type VariableTarget } from "./variables.ts"
import { findPlainScalar, parseYaml } from "./yaml-text.ts"

export type Environment = Readonly<Record<string, string | undefined>>

// The file's own name, and what Kubernetes tells every pod about a service that is called "registry".
const NOT_SETTINGS = /^REGISTRY_(?:CONFIGURATION_PATH$|AUTH_FILE$|(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$))/

/** Gives the tree with distribution's variables applied: in sorted order, so parents first, their values read as YAML. */
export async function withEnvironment(tree: SettingTree, env: Environment, report: Report): Promise<SettingTree> {
  let changed = tree
  for (const variable of Object.keys(env).toSorted()) {
    const text = env[variable]
    if (!variable.startsWith("REGISTRY_") || NOT_SETTINGS.test(variable) || text === undefined) continue
    const target = findVariableTarget(variable)
    if (target === undefined) {
      report.warn(`${variable} is unknown and has no effect; did you mean ${findNearest(variable, listVariables())}?`)
      continue
    }
    report.trace(target.path.join("."), variable)
    const value = findPlainScalar(text)
    changed = withVariable(
      changed,
      target,
      value === undefined ? await readYaml(variable, text, report) : value,
      report,
    )
  }
  return changed
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
