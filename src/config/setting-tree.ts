import { InvalidValueError } from "./config-error.ts"

/** What stands for a secret where it must not be shown. */
export const REDACTED = "[redacted]"

// Scalars keep the text they were written in, and the type of each key reads that text: `secret: 0123` is not a number.
export type SettingNode = string | null | readonly SettingNode[] | SettingTree
export interface SettingTree {
  readonly [key: string]: SettingNode
}

export function isTree(node: SettingNode | undefined): node is SettingTree {
  return typeof node === "object" && node !== null && !Array.isArray(node)
}

/** Whether anything is said: an empty text, list or section counts as nothing, as Go's zero values do. */
export function isSet(node: SettingNode | undefined): boolean {
  if (node === undefined || node === null) return false
  if (typeof node === "string") return node !== ""
  return Object.values(node).some(isSet)
}

export function findNode(node: SettingNode | undefined, path: readonly string[]): SettingNode | undefined {
  const [key, ...rest] = path
  if (key === undefined) return node
  if (typeof node !== "object" || node === null) return undefined
  const own = findOwnKey(Object.keys(node), key)
  return own === undefined ? undefined : findNode((node as SettingTree)[own], rest)
}

/** Gives a copy with `value` at `path`, made on the way. Throws InvalidValueError where the path misses a list's indexes. */
export function withNode(node: SettingNode | undefined, path: readonly string[], value: SettingNode): SettingNode {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(node)) return withElement(node, key, rest, value)
  const entries = Object.entries(isTree(node) ? node : {})
  const own =
    findOwnKey(
      entries.map(([name]) => name),
      key,
    ) ?? key
  const child = withNode(entries.find(([name]) => name === own)?.[1], rest, value)
  // fromEntries defines its keys, so that a key named __proto__ is a key like any other.
  return Object.fromEntries([...entries.filter(([name]) => name !== own), [own, child]])
}

/** Drops nulls and empty texts: they leave a key at its default. */
export function withoutUnset(tree: SettingTree): SettingTree {
  const kept = Object.entries(tree).filter(([, node]) => node !== null && node !== "")
  return Object.fromEntries(kept.map(([key, node]) => [key, withoutUnsetBelow(node)]))
}

function withoutUnsetBelow(node: SettingNode): SettingNode {
  if (Array.isArray(node)) return node.map(withoutUnsetBelow)
  return isTree(node) ? withoutUnset(node) : node
}

/** For a message; sections are named, not shown, because they may hold secrets, and so may URLs. */
export function printNode(node: SettingNode | undefined): string | undefined {
  if (node === undefined) return undefined
  if (isTree(node)) return "a section"
  if (Array.isArray(node) && node.some((element) => typeof element !== "string")) return "a list"
  return withoutPasswords(JSON.stringify(node))
}

/** Hides the passwords of URLs. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/(:\/\/[^/@\s:]*:)[^/@\s]+@/g, `$1${REDACTED}@`)
}

// The names of header fields and of log fields are found in whatever case a file wrote them.
function findOwnKey(names: readonly string[], key: string): string | undefined {
  return names.includes(key) ? key : names.find((name) => name.toLowerCase() === key.toLowerCase())
}

function withElement(list: readonly SettingNode[], key: string, rest: readonly string[], value: SettingNode) {
  const index = /^\d{1,6}$/.test(key) ? Number(key) : Number.NaN
  if (!(index <= list.length)) {
    throw new InvalidValueError(`${key} is no index of a list of ${list.length}: ${list.length} adds to its end`)
  }
  const copy = [...list]
  copy[index] = withNode(list[index], rest, value)
  return copy
}
