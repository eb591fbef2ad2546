import type { Page, PageRequest } from "../../domain/page.ts"

/** Asks `list` for one row more than the page holds: that row tells whether there is more. */
export async function readPage<Row>(
  { limit, last }: PageRequest,
  list: (after: string, limit: number) => Promise<Row[]>,
): Promise<Page<Row>> {
  if (limit <= 0) return { items: [], hasMore: false }
  // Every key sorts after the empty text; a client's `last` need not be a valid key.
  const rows = await list(last ?? "", limit + 1)
  return { items: rows.slice(0, limit), hasMore: rows.length > limit }
}
