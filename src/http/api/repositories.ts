import { createRoute, z } from "@hono/zod-openapi"
import { pageQuerySchema } from "../../contract/pages.ts"
import {
  deletionPreviewSchema,
  deletionQuerySchema,
  repositoryPageSchema,
  type RepositoryView,
} from "../../contract/repositories.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { Repositories, RepositorySummary } from "../../services/repositories.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"
import { toListPage, toPageRequest } from "./listing.ts"

/** The slashes of the name are written as %2F. */
const params = z.object({ name: z.string().max(300) })

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

const previewRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/deletion-preview",
  summary: "What a deletion of the repository would delete and free",
  request: { params, query: deletionQuerySchema },
  responses: {
    200: { description: "What goes", content: { "application/json": { schema: deletionPreviewSchema } } },
    ...PROBLEMS,
  },
})

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/repositories/{name}",
  summary: "Deletes a repository with all its tags and manifests",
  request: { params, query: deletionQuerySchema },
  responses: JOB_STARTED,
})

export function addRepositoryRoutes(app: Api, { repositories }: { repositories: Repositories }): void {
  app.openapi(listRoute, async (c) => {
    const page = await repositories.list(toPageRequest(c.req.valid("query")))
    const { isPartial } = page
    return c.json({ ...toListPage(page, toView, ({ name }) => name), isPartial }, 200)
  })
  app.openapi(previewRoute, async (c) => {
    const how = { isPurge: c.req.valid("query").purge }
    return c.json(await repositories.previewDeletion(parseRepositoryName(c.req.valid("param").name), how), 200)
  })
  app.openapi(deleteRoute, async (c) => {
    const name = parseRepositoryName(c.req.valid("param").name)
    const job = await repositories.delete(c.get("context"), name, { isPurge: c.req.valid("query").purge })
    return c.json(toJobView(job), 202)
  })
}

function toView({ lastPushedAt, ...summary }: RepositorySummary): RepositoryView {
  return { ...summary, lastPushedAt: lastPushedAt === undefined ? null : new Date(lastPushedAt).toISOString() }
}
