import { listKnownKeys, rootNotes } from "./known-keys.ts"
import { getKeyNotes, type KeyNotes, type Named } from "./settings.ts"

/** What an environment variable overrides. */
export interface VariableTarget {
  readonly path: readonly string[]
  /** How many names of the path lead to a list, for each list on the way: the name after them is an index. */
  readonly lists: readonly number[]
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

/** Gives `undefined` for a name that is no key's. As in distribution, only names in capitals are known. */
export function findVariableTarget(variable: string): VariableTarget | undefined {
  const [, ...names] = variable.split("_")
  return names.includes("") ? undefined : findTarget(names, { path: [], lists: [] }, rootNotes)
}

function findTarget(names: readonly string[], at: VariableTarget, notes: KeyNotes): VariableTarget | undefined {
  const [name, ...rest] = names
  if (name === undefined) return at
  switch (notes.kind) {
    case "section":
      return (
        findInSection(names, at, notes) ?? (notes.unknownKeys === "refuse variables" ? below(at, names) : undefined)
      )
    case "sections":
      return rest.length === 0 ? element(at, name) : findInSection(rest, element(at, name), notes)
    case "map of sections":
      return findInMap(names, at, notes)
    case "value":
      return undefined
    case "list":
      return rest.length === 0 ? element(at, name) : undefined
    case "map":
      return below(at, names)
    case "map of lists":
      return findListInMap(names, at)
    case "no effect":
      if (Object.keys(notes.keys).length === 0) return below(at, names)
      if (!notes.isList) return findInSection(names, at, notes)
      return rest.length === 0 ? element(at, name) : findInSection(rest, element(at, name), notes)
    case "refused":
      return below(at, names)
  }
}

function findInSection(names: readonly string[], at: VariableTarget, notes: Named): VariableTarget | undefined {
  const [name = "", ...rest] = names
  const key = findKey(notes, name)
  if (key === "" && rest.length > 0) return findInSection(rest, at, notes)
  const type = key === undefined ? undefined : notes.keys[key]
  return key === undefined || type === undefined
    ? undefined
    : findTarget(rest, { ...at, path: [...at.path, key] }, getKeyNotes(type))
}

function findKey({ keys, variables = {} }: Named, name: string): string | undefined {
  return Object.keys(keys).find((key) => key.toUpperCase() === name) ?? variables[name]
}

// REGISTRY_EVENTS_ENDPOINTS_MY_HOOK_FORMAT: the last name is a key, what is before it the operator's own name.
function findInMap(names: readonly string[], at: VariableTarget, notes: Named): VariableTarget {
  const key = names.length > 1 ? findKey(notes, names.at(-1) ?? "") : undefined
  const name = lowered(key === undefined ? names : names.slice(0, -1)).join("_")
  return { ...at, path: [...at.path, name, ...(key === undefined ? [] : [key])] }
}

// REGISTRY_HTTP_HEADERS_X-A is the whole list, REGISTRY_HTTP_HEADERS_X-A_0 its first element.
function findListInMap(names: readonly string[], at: VariableTarget): VariableTarget {
  const index = names.length > 1 && /^\d+$/.test(names.at(-1) ?? "") ? names.at(-1) : undefined
  const name = lowered(index === undefined ? names : names.slice(0, -1)).join("_")
  const list = { ...at, path: [...at.path, name] }
  return index === undefined ? list : element(list, index)
}

function element({ path, lists }: VariableTarget, index: string): VariableTarget {
  return { path: [...path, index], lists: [...lists, path.length] }
}

function below(at: VariableTarget, names: readonly string[]): VariableTarget {
  return { ...at, path: [...at.path, ...lowered(names)] }
}

function lowered(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase())
}
