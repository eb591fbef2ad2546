import type { ListPage } from "../../contract/pages.ts"
import type { Page, PageRequest } from "../../domain/page.ts"

export function toPageRequest({ limit, after }: { limit: number; after?: string | undefined }): PageRequest {
  return { limit, ...(after !== undefined && { last: after }) }
}

export function toListPage<Item, View>(
  { items, hasMore }: Page<Item>,
  toView: (item: Item) => View,
  keyOf: (view: View) => string,
): ListPage<View> {
  const views = items.map(toView)
  const last = views.at(-1)
  return { items: views, ...(hasMore && last !== undefined && { next: keyOf(last) }) }
}
