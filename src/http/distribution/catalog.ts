import { parsePageSize } from "../../domain/page.ts"
import type { Catalog } from "../../services/catalog.ts"
import { respondJson, type Handler } from "./call.ts"
import { describeNext, warnPartial } from "./listing.ts"

const DEFAULT_ENTRIES = 100

/** GET /v2/_catalog, distribution's listing of repositories. */
export function createCatalogHandler(catalog: Catalog, maxEntries: number): Handler {
  return async (call) => {
    const n = parsePageSize(call.query.getAll("n"), maxEntries)
    const last = call.query.get("last")
    const limit = n ?? Math.min(DEFAULT_ENTRIES, maxEntries)
    const warning = warnPartial(catalog)
    const page = await catalog.list(call.context.actor, { limit, ...(last !== null && { last }) })
    const headers = describeNext(call, "_catalog", { page, n })
    return respondJson(call, { repositories: page.items }, { ...headers, ...warning })
  }
}
