import { createRoute } from "@hono/zod-openapi"
import { pageQuerySchema } from "../../contract/pages.ts"
import { repositoryPageSchema, type RepositoryView } from "../../contract/repositories.ts"
import type { Repositories, RepositorySummary } from "../../services/repositories.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { toListPage, toPageRequest } from "./listing.ts"

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories",
  summary: "The repositories that have content",
  request: { query: pageQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: repositoryPageSchema } } },
    ...PROBLEMS,
  },
})

export function addRepositoryRoutes(app: Api, { repositories }: { repositories: Repositories }): void {
  app.openapi(listRoute, async (c) => {
    const page = await repositories.list(toPageRequest(c.req.valid("query")))
    return c.json(
      toListPage(page, toView, ({ name }) => name),
      200,
    )
  })
}

function toView({ lastPushedAt, ...summary }: RepositorySummary): RepositoryView {
  return { ...summary, lastPushedAt: lastPushedAt === undefined ? null : new Date(lastPushedAt).toISOString() }
}
