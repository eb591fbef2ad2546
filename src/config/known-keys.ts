import { findNearest, editDistance } from "./nearest-key.ts"
import { schema } from "./schema.ts"
import { getKeyNotes, type KeyNotes } from "./settings.ts"

export interface KnownKey {
  /** Dotted: `http.tls.key`. */
  readonly key: string
  readonly notes: KeyNotes
}

export const rootNotes = getKeyNotes(schema)

/** Lists every key below the top, sections before what they hold; `0` stands for an index and `NAME` for a name of the operator's. */
export function listKnownKeys(notes: KeyNotes = rootNotes, above = ""): KnownKey[] {
  const known: KnownKey[] = []
  for (const [name, type] of Object.entries("keys" in notes ? notes.keys : {})) {
    const key = `${above}${name}`
    const below = getKeyNotes(type)
    known.push({ key, notes: below })
    known.push(...listKnownKeys(below, `${key}.${placeholderOf(below)}`))
  }
  return known
}

/** Gives the notes of what is at a path of the file. */
function findKeyNotes(path: readonly string[], notes: KeyNotes = rootNotes): KeyNotes | undefined {
  const [name, ...rest] = path
  if (name === undefined || !("keys" in notes)) return notes
  if (placeholderOf(notes) !== "") {
    return rest.length === 0 ? undefined : findKeyNotes(rest, { ...notes, kind: "section" })
  }
  const type = Object.hasOwn(notes.keys, name) ? notes.keys[name] : undefined
  return type === undefined ? undefined : findKeyNotes(rest, getKeyNotes(type))
}

/** Whether what is at a path, or above it, must not be shown. */
export function isSecretKey(path: readonly string[]): boolean {
  const notes = findKeyNotes(path)
  return notes !== undefined && "isSecret" in notes && notes.isSecret
}

function placeholderOf(notes: KeyNotes): string {
  if (notes.kind === "map of sections") return "NAME."
  return notes.kind === "sections" || (notes.kind === "no effect" && notes.isList) ? "0." : ""
}

const TYPING_SLIPS = 2
/** The same switch, the other way round. */
const CONTRARIES: ReadonlyMap<string, readonly string[]> = new Map([
  ["enabled", ["disabled", "paused"]],
  ["disabled", ["enabled"]],
])
let known: readonly KnownKey[] | undefined

/** Gives the known key that was probably meant: a sibling spelt alike, or the same name below or, once, in another section. */
export function findNearestKey(
  section: readonly string[],
  name: string,
  siblings: readonly string[],
): string | undefined {
  known ??= listKnownKeys()
  const at = (sibling: string) => [...section, sibling].join(".")
  const sibling = findNearest(name, siblings)
  if (sibling !== undefined && isSlip(name, siblings)) return at(sibling)
  const named = known.filter(({ key }) => key.endsWith(`.${name}`)).map(({ key }) => key)
  const below = named.find((key) => key.startsWith(at("")))
  const contrary = siblings.find((each) => CONTRARIES.get(name)?.includes(each) === true)
  // A name that many sections have says nothing of where it belongs.
  const elsewhere = named.length === 1 ? named[0] : undefined
  return below ?? (contrary && at(contrary)) ?? elsewhere ?? (sibling && at(sibling))
}

/** Whether a name is likely one of these, mistyped. */
export function isSlip(name: string, siblings: readonly string[]): boolean {
  const sibling = findNearest(name, siblings)
  return sibling !== undefined && editDistance(name, sibling) <= TYPING_SLIPS
}
