import { findNearestKey, rootNotes } from "./known-keys.ts"
import type { Report } from "./report.ts"
import { isSet, isTree, printNode, type SettingNode } from "./setting-tree.ts"
import { getKeyNotes, type KeyNotes } from "./settings.ts"

/** Reports keys that nobody knows and keys that do nothing. */
export function checkKeys(
  node: SettingNode,
  report: Report,
  path: readonly string[] = [],
  notes: KeyNotes = rootNotes,
) {
  if (notes.kind === "no effect" && isSet(node)) report.warn(`${path.join(".")} has no effect in this version`)
  if (notes.kind !== "section" || !isTree(node)) return
  for (const [name, child] of Object.entries(node)) {
    const type = Object.hasOwn(notes.keys, name) ? notes.keys[name] : undefined
    if (type !== undefined) checkKeys(child, report, [...path, name], getKeyNotes(type))
    else reportUnknown({ path, name, child }, notes, report)
  }
}

interface UnknownKey {
  readonly path: readonly string[]
  readonly name: string
  readonly child: SettingNode
}

function reportUnknown({ path, name, child }: UnknownKey, notes: KeyNotes & { kind: "section" }, report: Report): void {
  const key = [...path, name].join(".")
  const nearest = findNearestKey(path, name, Object.keys(notes.keys))
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`
  if (notes.unknownKeys === "warn") report.warn(`${key} is unknown and has no effect${hint}`)
  else report.refuse({ key, seen: isTree(child) ? undefined : printNode(child), message: `is unknown${hint}` })
}
