import type { RepositoryName } from "../domain/repository-name.ts"
import type { LinkKind, LinkTree } from "../ports/link-tree.ts"
import type { ExportRecords, ExportedLink } from "../ports/metadata/exports.ts"
import { chunksOf, forEachAtOnce } from "./steps.ts"

/** Sees to it that distribution's links change nothing of what a backup has. */
export interface Restore {
  /**
   * Notes what the links say at this moment, where that is not what they said when the backup was made: an export since
   * then wrote it, and what it wrote or removed would be taken for a change by distribution. Gives how many that were.
   * What the links alone have is left to be taken over.
   */
  settleLinks(): Promise<number>
}

interface Dependencies {
  records: ExportRecords
  links: LinkTree
}

const PAGE = 500
const WIDTH = 16

export function createRestore({ records, links }: Dependencies): Restore {
  async function settle(repository: RepositoryName, kind: LinkKind, items: ExportedLink[]): Promise<number> {
    const says: ExportedLink[] = []
    const gone: string[] = []
    await forEachAtOnce(items, WIDTH, async ({ name, digest }) => {
      const link = await links.read(repository, { kind, name })
      if (link.is === "absent") gone.push(name)
      if (link.is === "link" && link.digest !== digest) says.push({ name, digest: link.digest })
    })
    if (says.length > 0) await records.putBase(repository, kind, says)
    if (gone.length > 0) await records.deleteBase(repository, kind, gone)
    return says.length + gone.length
  }

  async function settleRepository(repository: RepositoryName): Promise<number> {
    let settled = 0
    for (const kind of ["tag", "manifest", "blob"] as const) {
      for await (const page of listPages(
        (request) => records.list(repository, kind, request),
        ({ name }) => name,
      )) {
        for (const chunk of chunksOf(page, WIDTH)) settled += await settle(repository, kind, chunk)
      }
    }
    return settled
  }

  return {
    settleLinks: async () => {
      if (!(await links.exists())) return 0
      let settled = 0
      for await (const page of listPages(
        (request) => records.listRepositories(request),
        (name) => name,
      )) {
        for (const repository of page) settled += await settleRepository(repository)
      }
      return settled
    },
  }
}

async function* listPages<Item>(
  list: (request: { limit: number; last?: string }) => Promise<{ items: Item[]; hasMore: boolean }>,
  nameOf: (item: Item) => string,
): AsyncGenerator<Item[]> {
  let last: string | undefined
  for (;;) {
    const page = await list({ limit: PAGE, ...(last !== undefined && { last }) })
    yield page.items
    const end = page.items.at(-1)
    if (!page.hasMore || end === undefined) return
    last = nameOf(end)
  }
}
