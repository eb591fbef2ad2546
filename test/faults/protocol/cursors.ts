import type { State } from "./state.ts"
import { sorted } from "./state.ts"

/** A listing that is read page by page, while all else goes on. */
interface Cursor {
  repository: string
  seen: string[]
  /** Entries that were there all the while. */
  steady: Set<string>
}

export interface Cursors {
  /** Where to go on; `undefined` at the beginning. */
  begin(state: State, repository: string): { last: string | undefined }
  /** Takes a page in. Throws at the last one where what was there all the while was not shown once, in order. */
  turn(repository: string, page: { items: string[]; hasMore: boolean }): void
  /** To be told of every change. */
  observe(state: State): void
}

/** Readers of lists of tags, one for each repository, and of the catalog, which goes by the empty name. */
export function createCursors(): Cursors {
  const cursors = new Map<string, Cursor>()

  return {
    begin: (state, repository) => {
      const open = cursors.get(repository)
      if (open !== undefined) return { last: open.seen.at(-1) }
      cursors.set(repository, { repository, seen: [], steady: new Set(listEntries(state, repository)) })
      return { last: undefined }
    },
    turn: (repository, { items, hasMore }) => {
      const cursor = cursors.get(repository)
      if (cursor === undefined) throw new Error(`nobody reads ${repository}`)
      cursor.seen.push(...items)
      if (hasMore) return
      cursors.delete(repository)
      const shown = cursor.seen.filter((name) => cursor.steady.has(name))
      if (!Bun.deepEquals(shown, sorted(cursor.steady)) || new Set(cursor.seen).size !== cursor.seen.length)
        throw new Error(`a listing showed ${cursor.seen.join(" ")} where ${[...cursor.steady].join(" ")} stayed`)
    },
    observe: (state) => {
      for (const { repository, steady } of cursors.values()) {
        const present = new Set(listEntries(state, repository))
        for (const name of steady) if (!present.has(name)) steady.delete(name)
      }
    },
  }
}

function listEntries({ repositories }: State, repository: string): string[] {
  if (repository !== "") return [...(repositories.get(repository)?.tags.keys() ?? [])]
  return [...repositories].filter(([, { manifests }]) => manifests.size > 0).map(([name]) => name)
}
