import { findNearest, editDistance } from "./nearest-key.ts"
import { schema } from "./schema.ts"
import { getKeyNotes, type KeyNotes } from "./settings.ts"

export interface KnownKey {
  /** Dotted: `http.tls.key`. */
  readonly key: string
  readonly notes: KeyNotes
}

export const rootNotes = getKeyNotes(schema)

/** Lists every key below the top, sections before what they hold. */
export function listKnownKeys(notes: KeyNotes = rootNotes, above = ""): KnownKey[] {
  const known: KnownKey[] = []
  for (const [name, type] of Object.entries(notes.kind === "section" ? notes.keys : {})) {
    const key = `${above}${name}`
    const below = getKeyNotes(type)
    known.push({ key, notes: below })
    known.push(...listKnownKeys(below, `${key}.`))
  }
  return known
}

const TYPING_SLIPS = 2
let known: readonly KnownKey[] | undefined

/** Gives the known key that was probably meant: a sibling spelt alike, or the same name in another section. */
export function findNearestKey(
  section: readonly string[],
  name: string,
  siblings: readonly string[],
): string | undefined {
  known ??= listKnownKeys()
  const sibling = findNearest(name, siblings)
  const isSlip = sibling !== undefined && editDistance(name, sibling) <= TYPING_SLIPS
  const elsewhere = isSlip ? undefined : known.find(({ key }) => key.endsWith(`.${name}`))?.key
  return elsewhere ?? (sibling === undefined ? undefined : [...section, sibling].join("."))
}
