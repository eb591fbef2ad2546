import type { Actor } from "../domain/actor.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { Access } from "./access.ts"

export interface Catalog {
  /** The repositories that have content and that the actor may read, in byte order. */
  list(actor: Actor, page: PageRequest): Promise<Page<RepositoryName>>
  /** Those of them whose name holds the term, at most `limit`. */
  search(actor: Actor, term: string, limit: number): Promise<RepositoryName[]>
}

const STEP = 1000

export function createCatalog({ repositories, access }: { repositories: RepositoryRecords; access: Access }): Catalog {
  /** Reads on in bounded steps until `limit` names pass, so that neither a filter nor a long list blocks other requests. */
  async function collect(page: PageRequest, passes: (name: RepositoryName) => boolean): Promise<Page<RepositoryName>> {
    const items: RepositoryName[] = []
    let last = page.last
    for (;;) {
      const step = await repositories.list({
        limit: Math.min(STEP, page.limit + 1),
        ...(last !== undefined && { last }),
      })
      items.push(...step.items.filter(passes))
      last = step.items.at(-1)
      if (items.length > page.limit) return { items: items.slice(0, page.limit), hasMore: page.limit > 0 }
      if (!step.hasMore) return { items, hasMore: false }
    }
  }

  return {
    list: (actor, page) => collect(page, (name) => access.canRead(actor, name)),
    search: async (actor, term, limit) => {
      const wanted = term.toLowerCase()
      const found = await collect({ limit }, (name) => name.includes(wanted) && access.canRead(actor, name))
      return found.items
    },
  }
}
