import type { Page } from "../../domain/page.ts"
import type { Catalog } from "../../services/catalog.ts"
import type { Call } from "./call.ts"

/** The Link header to the following page (RFC 5988), where there is one. */
export function describeNext(
  call: Call,
  path: string,
  { page, n }: { page: Page<string>; n: number | undefined },
): Record<string, string> {
  const last = page.items.at(-1)
  if (!page.hasMore || last === undefined) return {}
  const query = new URLSearchParams({ last, n: String(n ?? page.items.length) })
  return { Link: `<${call.locate(path)}?${query.toString()}>; rel="next"` }
}

/** Asked before the list is read: what is complete then stays so. */
export function warnPartial(catalog: Pick<Catalog, "isPartial">): Record<string, string> {
  if (!catalog.isPartial()) return {}
  return { Warning: `299 - "the list is partial: the data directory is still being taken over"` }
}
