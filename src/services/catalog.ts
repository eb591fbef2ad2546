import type { Actor } from "../domain/actor.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { Pause } from "../ports/pause.ts"
import type { Access } from "./access.ts"
import type { Adoption } from "./adoption.ts"

export interface Catalog {
  /** The repositories that have content and that the actor may read, in byte order. */
  list(actor: Actor, page: PageRequest): Promise<Page<RepositoryName>>
  /** Whether repositories may be missing: a directory is being taken over. */
  isPartial(): boolean
  /** Those of them whose name holds the term, at most `limit`. */
  search(actor: Actor, term: string, limit: number): Promise<RepositoryName[]>
}

interface Dependencies {
  repositories: Pick<RepositoryRecords, "list">
  access: Access
  pause: Pause
  adoption: Pick<Adoption, "isPartial">
}

const STEP = 1000

export function createCatalog({ repositories, access, pause, adoption }: Dependencies): Catalog {
  /** Reads on in bounded steps until `limit` names pass; between them other requests have their turn. */
  async function collect(page: PageRequest, passes: (name: RepositoryName) => boolean): Promise<Page<RepositoryName>> {
    const items: RepositoryName[] = []
    let last = page.last
    let limit = Math.min(STEP, page.limit + 1)
    for (;;) {
      const step = await repositories.list({ limit, ...(last !== undefined && { last }) })
      items.push(...step.items.filter(passes))
      last = step.items.at(-1)
      if (items.length > page.limit) return { items: items.slice(0, page.limit), hasMore: page.limit > 0 }
      if (!step.hasMore) return { items, hasMore: false }
      limit = STEP
      await pause()
    }
  }

  return {
    list: (actor, page) => collect(page, (name) => access.canList(actor, name)),
    isPartial: () => adoption.isPartial(),
    search: async (actor, term, limit) => {
      const wanted = term.toLowerCase()
      const found = await collect({ limit }, (name) => name.includes(wanted) && access.canList(actor, name))
      return found.items
    },
  }
}
