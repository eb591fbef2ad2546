import type { Catalog } from "../../services/catalog.ts"
import { respondEmpty, respondJson, type Handler } from "./call.ts"
import { warnPartial } from "./listing.ts"

const DEFAULT_RESULTS = 25
const MAX_RESULTS = 100

/** `docker search host:port/term` still asks the first version of the API. */
export function createSearchHandlers(catalog: Catalog): { ping: Handler; search: Handler } {
  return {
    ping: async (call) => respondEmpty(call, 200, { "X-Docker-Registry-Standalone": "true" }),
    search: async (call) => {
      const term = call.query.get("q") ?? ""
      const n = Number(call.query.get("n") ?? DEFAULT_RESULTS)
      const limit = Number.isInteger(n) && n > 0 ? Math.min(n, MAX_RESULTS) : DEFAULT_RESULTS
      const warning = warnPartial(catalog)
      const names = await catalog.search(call.context.actor, term, limit)
      const results = names.map((name) => ({
        name,
        description: "",
        star_count: 0,
        is_official: false,
        is_automated: false,
      }))
      return respondJson(call, { query: term, num_results: results.length, results }, warning)
    },
  }
}
