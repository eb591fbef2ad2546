import { parsePageSize } from "../../domain/page.ts"
import type { Tags } from "../../services/tags.ts"
import { respondJson, type Handler } from "./call.ts"
import { describeNext } from "./listing.ts"

/** Tags in an answer whose request names no number: what clients without paging see of a repository. */
const UNPAGED_TAGS = 10_000

/** GET /v2/<name>/tags/list (distribution-spec, "Listing Tags"). */
export function createTagsHandler(tags: Tags, maxTags: number): Handler {
  return async (call) => {
    const { repository } = call
    const n = parsePageSize(call.query.getAll("n"), maxTags)
    const last = call.query.get("last")
    const page = await tags.list(repository, {
      limit: n ?? Math.max(UNPAGED_TAGS, maxTags),
      ...(last !== null && { last }),
    })
    const next = describeNext(call, `${repository}/tags/list`, { page, n })
    return respondJson(call, { name: repository, tags: page.items }, next)
  }
}
