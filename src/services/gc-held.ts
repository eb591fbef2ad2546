import type { ProblemKind } from "../domain/adoption.ts"
import { isRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import type { Adoption } from "./adoption.ts"

export interface Held {
  /** Something of them could not be read, and may need what seems to be garbage. */
  repositories: RepositoryName[]
  /** Nobody can tell which: nothing at all is collected. */
  isEverything: boolean
}

const PAGE = 1000
/** As many problems as are kept. */
const MOST = 10_000

/** There are bytes, and what they refer to is not known. */
const UNKNOWN: ReadonlySet<ProblemKind> = new Set([
  "unreadable",
  "symlink",
  "link-damaged",
  "manifest-damaged",
  "manifest-too-large",
  "manifest-unknown",
])

/** Of distribution's directories: those in which there is content that could not be taken over. */
export async function findHeld(adoption: Pick<Adoption, "listProblems">): Promise<Held> {
  const repositories = new Set<RepositoryName>()
  let isEverything = false
  let seen = 0
  for (let last: string | undefined = ""; last !== undefined;) {
    const { items, hasMore } = await adoption.listProblems({ limit: PAGE, ...(last !== "" && { last }) })
    for (const { kind, path } of items) {
      if (!UNKNOWN.has(kind)) continue
      const name = /(?:^|\/)repositories\/(.+?)\/_/.exec(path)?.[1]
      if (name !== undefined && isRepositoryName(name)) repositories.add(name)
      else isEverything = true
    }
    seen += items.length
    const end = items.at(-1)
    last = hasMore && end !== undefined ? `${end.kind} ${end.path}` : undefined
  }
  return { repositories: [...repositories], isEverything: isEverything || seen >= MOST }
}
