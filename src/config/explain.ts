import { ConfigError, type ConfigProblem } from "./config-error.ts"
import { isAsked } from "./cross-checks.ts"
import { findFileLines } from "./file-lines.ts"
import { rootNotes } from "./known-keys.ts"
import { type ConfigSources, readSettings } from "./load-config.ts"
import { findNode, isTree, type SettingNode, type SettingTree, withNode } from "./setting-tree.ts"
import { getKeyNotes, type KeyNotes, type Named } from "./settings.ts"
import { withStandards } from "./standards.ts"

/** All there is to say about a configuration, usable or not. */
export interface Explanation {
  /** Path of the file. */
  readonly source: string | undefined
  readonly settings: readonly ExplainedSetting[]
  readonly warnings: readonly string[]
  readonly problems: readonly ConfigProblem[]
}

export interface ExplainedSetting {
  readonly path: readonly string[]
  /** As it would be written; `undefined`: not set, and there is no default. An empty section is `{}`. */
  readonly value: SettingNode | undefined
  readonly origin: Origin
  readonly isSecret: boolean
  /** Why nothing comes of it. */
  readonly idleReason?: string
}

export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly line: number | undefined }
  | { readonly kind: "variable"; readonly name: string }

/** Tells every value that holds, and where it came from. */
export async function explainConfig(sources: ConfigSources): Promise<Explanation> {
  const source = sources.file?.path
  try {
    const { tree, report } = await readSettings(sources)
    const findLine = await findFileLines(sources.file?.text)
    const findOrigin = (path: readonly string[]): Origin => {
      if (findNode(tree, path) === undefined) return { kind: "default" }
      const name = report.findVariable(path.join("."))
      return name === undefined ? { kind: "file", line: findLine(path) } : { kind: "variable", name }
    }
    const settings: ExplainedSetting[] = []
    for (const found of listSettings(withStandards(tree, source)))
      settings.push({ ...found, ...describeIdle(found.path, tree), origin: findOrigin(found.path) })
    return { source, settings, warnings: report.warnings, problems: report.problems }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { source, settings: [], warnings: [], problems: error.problems }
  }
}

/** Gives the settings that have an effect as a tree that Berth reads again; `show` gives what stands for a value. */
export function buildTree(
  { settings }: Explanation,
  show: (setting: ExplainedSetting) => SettingNode | undefined,
): SettingTree {
  let tree: SettingTree = { version: "0.1" }
  for (const setting of settings) {
    const value = setting.idleReason === undefined ? show(setting) : undefined
    if (value !== undefined) tree = withListed(tree, setting.path, value)
  }
  return tree
}

// A number in a path is an index where its list begins; names of the operator's own may be numbers as well.
function withListed(tree: SettingTree, path: readonly string[], value: SettingNode): SettingTree {
  let changed = tree
  let notes: KeyNotes | undefined = rootNotes
  for (const [depth, name] of path.entries()) {
    if (notes?.kind === "sections" && findNode(changed, path.slice(0, depth)) === undefined)
      changed = withNode(changed, path.slice(0, depth), []) as SettingTree
    notes = findBelow(notes, name)
  }
  return withNode(changed, path, value) as SettingTree
}

function findBelow(notes: KeyNotes | undefined, name: string): KeyNotes | undefined {
  if (notes === undefined || !("keys" in notes)) return undefined
  if (notes.kind === "sections" || notes.kind === "map of sections") return { ...notes, kind: "section" }
  const type = notes.keys[name]
  return type === undefined ? undefined : getKeyNotes(type)
}

type Found = Omit<ExplainedSetting, "origin">

function listSettings(
  node: SettingNode | undefined,
  path: readonly string[] = [],
  notes: KeyNotes = rootNotes,
): Found[] {
  const isSecret = "isSecret" in notes && notes.isSecret
  switch (notes.kind) {
    case "section":
      if (notes.isOptional === true && node === undefined) return []
      return Object.keys(notes.keys).length === 0 ? [{ path, value: {}, isSecret }] : listKeys(node, path, notes)
    case "sections":
    case "map of sections":
      return listEntries(node).flatMap(([name, child]) => listKeys(child, [...path, name], notes))
    case "value":
      if (notes.isOld === true && node === undefined) return []
      return [{ path, value: findEffective(node, notes), isSecret }]
    case "list":
      return [{ path, value: [node ?? []].flat(), isSecret }]
    case "map":
    case "map of lists":
      return listEntries(node).map(([name, value]) => ({ path: [...path, name], value, isSecret }))
    case "no effect":
      return node === undefined ? [] : listIdle(node, path, notes.reason)
    case "refused":
      return []
  }
}

function listKeys(node: SettingNode | undefined, path: readonly string[], { keys }: Named): Found[] {
  return Object.entries(keys).flatMap(([name, type]) =>
    listSettings(isTree(node) ? node[name] : undefined, [...path, name], getKeyNotes(type)),
  )
}

// Elsewhere `false` would mean that HTTP/2 is spoken.
function describeIdle(path: readonly string[], tree: SettingTree): { idleReason?: string } {
  if (path.join(".") !== "http.http2.disabled" || isAsked(tree, "network.http2")) return {}
  return { idleReason: "HTTP/2 is off unless network.http2" }
}

const SECRET_NAME = /(?:password|apikey|licensekey)$/

function listIdle(node: SettingNode, path: readonly string[], idleReason: string): Found[] {
  if (typeof node !== "string" && node !== null)
    return listEntries(node).flatMap(([name, child]) => listIdle(child, [...path, name], idleReason))
  return [{ path, value: node, isSecret: SECRET_NAME.test(path.at(-1) ?? ""), idleReason }]
}

function listEntries(node: SettingNode | undefined): [string, SettingNode][] {
  return typeof node === "object" && node !== null ? Object.entries(node) : []
}

function findEffective(
  node: SettingNode | undefined,
  notes: KeyNotes & { kind: "value" | "list" | "map" | "map of lists" },
) {
  const text = node ?? (notes.standard === "" ? undefined : notes.standard)
  if (typeof text !== "string" || notes.effective === undefined) return text
  try {
    return notes.effective(text)
  } catch {
    // A text that is not allowed: the problem is reported, and this shows what was read.
    return text
  }
}
