import { findNearestKey, isSlip, rootNotes } from "./known-keys.ts"
import type { Report } from "./report.ts"
import { isTree, printNode, type SettingNode } from "./setting-tree.ts"
import { getKeyNotes, type KeyNotes, type Named } from "./settings.ts"
import { isNo } from "./values.ts"

/** Reports keys that nobody knows, keys that do nothing, and values with something to be said about them. */
export function checkKeys(node: SettingNode, report: Report, path: Path = [], notes: KeyNotes = rootNotes): void {
  const key = path.join(".")
  switch (notes.kind) {
    case "section":
      return checkSection({ node, path, notes }, report)
    case "sections":
      return listElements(node).forEach(([index, element]) =>
        checkSection({ node: element, path: [...path, index], notes }, report),
      )
    case "map of sections":
      return Object.entries(isTree(node) ? node : {}).forEach(([name, element]) =>
        checkSection({ node: element, path: [...path, name], notes }, report),
      )
    case "no effect":
      return checkIdle({ node, path, notes }, report)
    case "value":
    case "list":
      for (const text of [node].flat()) {
        const warning = typeof text === "string" ? notes.warning?.(text) : undefined
        if (warning !== undefined) report.warn(`${key} ${warning}`)
      }
      return undefined
    case "map":
    case "map of lists":
    case "refused":
      return undefined
  }
}

type Path = readonly string[]

interface Place<T> {
  readonly node: SettingNode
  readonly path: Path
  readonly notes: T
}

function checkSection(place: Place<Named>, report: Report): void {
  for (const { name, child, type } of listChildren(place)) {
    if (type !== undefined) checkKeys(child, report, [...place.path, name], getKeyNotes(type))
    else reportUnknown({ path: place.path, name, child }, place.notes, report)
  }
}

/** Says once why nothing comes of a section, and still finds slips in it. */
function checkIdle(place: Place<KeyNotes & { kind: "no effect" }>, report: Report): void {
  const { node, path, notes } = place
  if (isAsked(node)) report.warn(`${path.join(".")} has no effect: ${notes.reason}`)
  reportSlips(place, report)
}

function reportSlips({ node, path, notes }: Place<KeyNotes & { kind: "no effect" }>, report: Report): void {
  if (Object.keys(notes.keys).length === 0) return
  const sections = notes.isList ? listElements(node) : [["", node] as const]
  for (const [index, section] of sections) {
    const place = { node: section, path: index === "" ? path : [...path, index], notes }
    for (const { name, child, type } of listChildren(place)) {
      const below = type === undefined ? undefined : getKeyNotes(type)
      if (below === undefined) reportUnknown({ path: place.path, name, child }, notes, report)
      else if (below.kind === "no effect")
        reportSlips({ node: child, path: [...place.path, name], notes: below }, report)
    }
  }
}

function listChildren({ node, notes }: Place<Named>) {
  return Object.entries(isTree(node) ? node : {}).map(([name, child]) => ({
    name,
    child,
    type: Object.hasOwn(notes.keys, name) ? notes.keys[name] : undefined,
  }))
}

function listElements(node: SettingNode): (readonly [string, SettingNode])[] {
  return Array.isArray(node) ? node.map((element: SettingNode, index) => [`${index}`, element] as const) : []
}

/** Whether anything is said but no: what is switched off needs no warning that it is off. */
function isAsked(node: SettingNode): boolean {
  if (typeof node === "string") return node !== "" && !isNo(node)
  return node !== null && Object.values(node).some(isAsked)
}

interface UnknownKey {
  readonly path: Path
  readonly name: string
  readonly child: SettingNode
}

function reportUnknown({ path, name, child }: UnknownKey, notes: Named, report: Report): void {
  const key = [...path, name].join(".")
  const siblings = Object.keys(notes.keys)
  const nearest = findNearestKey(path, name, siblings)
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`
  const { unknownKeys = "warn" } = notes
  // Such keys hold anchors for the rest of a file.
  if (unknownKeys === "refuse slips" && name.startsWith("x-")) return
  if (unknownKeys === "warn" || (unknownKeys === "refuse slips" && !isSlip(name, siblings)))
    report.warn(`${key} is unknown and has no effect${hint}`)
  else report.refuse({ key, seen: isTree(child) ? undefined : printNode(child), message: `is unknown${hint}` })
}
