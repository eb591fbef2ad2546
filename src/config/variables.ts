import { listKnownKeys, rootNotes } from "./known-keys.ts"
import { getKeyNotes, type KeyNotes } from "./settings.ts"

/** What an environment variable overrides. */
export interface VariableTarget {
  readonly path: readonly string[]
  /** Set when `path` names an element of the list that is here. */
  readonly listPath?: readonly string[]
}

/** Gives the variable that overrides a key. */
export function variableOf(key: string): string {
  return `REGISTRY_${key.toUpperCase().replaceAll(".", "_")}`
}

/** Lists the variables of all keys and sections that have an effect. */
export function listVariables(): string[] {
  const effective = listKnownKeys().filter(({ notes }) => notes.kind !== "no effect" && notes.kind !== "refused")
  return effective.map(({ key }) => variableOf(key))
}

/** Gives `undefined` for a name that is no key's. */
export function findVariableTarget(variable: string): VariableTarget | undefined {
  const [, ...names] = variable.split("_")
  return names.includes("") ? undefined : findTarget(names, [], rootNotes)
}

function findTarget(names: readonly string[], path: readonly string[], notes: KeyNotes): VariableTarget | undefined {
  const [name, ...rest] = names
  if (name === undefined) return { path }
  switch (notes.kind) {
    case "section": {
      const key = Object.keys(notes.keys).find((known) => known.toUpperCase() === name.toUpperCase())
      const type = key === undefined ? undefined : notes.keys[key]
      if (key !== undefined && type !== undefined) return findTarget(rest, [...path, key], getKeyNotes(type))
      return notes.unknownKeys === "refuse variables" ? { path: [...path, ...lowered(names)] } : undefined
    }
    case "value":
      return undefined
    case "list":
      return rest.length === 0 ? { path: [...path, name], listPath: path } : undefined
    case "map":
      return { path: [...path, lowered(names).join("_")] }
    case "map of lists":
      return findListInMap(names, path)
    case "no effect":
    case "refused":
      return { path: [...path, ...lowered(names)] }
  }
}

// REGISTRY_HTTP_HEADERS_X-A is the whole list, REGISTRY_HTTP_HEADERS_X-A_0 its first element.
function findListInMap(names: readonly string[], path: readonly string[]): VariableTarget {
  const index = names.length > 1 && /^\d+$/.test(names.at(-1) ?? "") ? names.at(-1) : undefined
  const listPath = [...path, lowered(index === undefined ? names : names.slice(0, -1)).join("_")]
  return index === undefined ? { path: listPath } : { path: [...listPath, index], listPath }
}

function lowered(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase())
}
