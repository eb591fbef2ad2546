import { findNode, isSet, isTree, type SettingNode, type SettingTree, withNode } from "./setting-tree.ts"

// distribution takes `storage: inmemory` and `inmemory:` with nothing below for a driver without parameters.
const SECTIONS_OF_DRIVERS = new Set(["storage", "auth"])

/** Writes the short forms of `storage` and `auth` out, as sections. */
export function withDrivers(tree: SettingTree): SettingTree {
  const entries = Object.entries(tree).map(([key, node]) => [
    key,
    SECTIONS_OF_DRIVERS.has(key) ? writtenOut(node) : node,
  ])
  return Object.fromEntries(entries) as SettingTree
}

/** Writes the old `loglevel` to where it is now; `log.level` counts if both are there. */
export function withLogLevel(tree: SettingTree): SettingTree {
  const old = tree["loglevel"]
  const hasPlace = tree["log"] === undefined || isTree(tree["log"])
  if (typeof old !== "string" || !hasPlace || isSet(findNode(tree, ["log", "level"]))) return tree
  return withNode(tree, ["log", "level"], old) as SettingTree
}

function writtenOut(node: SettingNode): SettingNode {
  if (typeof node === "string" && node !== "") return { [node]: {} }
  if (!isTree(node)) return node
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, child ?? {}]))
}
