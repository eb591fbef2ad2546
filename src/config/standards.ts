import { isDriver } from "./storage-section.ts"
import { findNode, isTree, type SettingTree, withNode } from "./setting-tree.ts"

/** Where everything is kept when nothing names a place. */
export const ROOT_WITHOUT_FILE = "./data"

/** Writes the defaults into the tree that depend on whether there is a file; `source` is its path. */
export function withStandards(tree: SettingTree, source: string | undefined): SettingTree {
  const storage = tree["storage"] ?? {}
  if (!isTree(storage)) return tree
  const placed = Object.keys(storage).some(isDriver)
    ? tree
    : withNode(tree, ["storage", "filesystem", "rootdirectory"], ROOT_WITHOUT_FILE)
  const deletes = storage["delete"] ?? {}
  if (!isTree(deletes) || findNode(deletes, ["enabled"]) !== undefined) return placed as SettingTree
  // distribution's default is no, and its owners count on it; who configured nothing gets the whole registry.
  return withNode(placed, ["storage", "delete", "enabled"], source === undefined ? "true" : "false") as SettingTree
}
