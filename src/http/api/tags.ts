import { createRoute, z } from "@hono/zod-openapi"
import { manifestDeletionPreviewSchema } from "../../contract/manifests.ts"
import { pageQuerySchema } from "../../contract/pages.ts"
import { tagDeletionQuerySchema, tagDeletionSchema, tagPageSchema, type TagView } from "../../contract/tags.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import type { TagDetails } from "../../ports/metadata/tags.ts"
import type { Tags, TagTarget } from "../../services/tags.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { toListPage, toPageRequest } from "./listing.ts"

const repositoryParams = z.object({ name: z.string().max(300) })
const params = repositoryParams.extend({ tag: z.string().max(200) })

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/tags",
  summary: "The tags of a repository",
  request: { params: repositoryParams, query: pageQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: tagPageSchema } } },
    ...PROBLEMS,
  },
})

const previewRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/tags/{tag}/deletion-preview",
  summary: "What a deletion of the tag would delete and free",
  request: { params, query: tagDeletionQuerySchema },
  responses: {
    200: { description: "What goes", content: { "application/json": { schema: manifestDeletionPreviewSchema } } },
    ...PROBLEMS,
  },
})

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/repositories/{name}/tags/{tag}",
  summary: "Deletes a tag, and with it its manifest when asked to",
  request: { params, query: tagDeletionQuerySchema },
  responses: {
    200: { description: "It is deleted", content: { "application/json": { schema: tagDeletionSchema } } },
    ...PROBLEMS,
  },
})

export function addTagRoutes(app: Api, { tags }: { tags: Tags }): void {
  app.openapi(listRoute, async (c) => {
    const repository = parseRepositoryName(c.req.valid("param").name)
    const page = await tags.listDetails(repository, toPageRequest(c.req.valid("query")))
    return c.json(
      toListPage(page, toView, ({ name }) => name),
      200,
    )
  })
  app.openapi(previewRoute, async (c) => {
    return c.json(await tags.previewDeletion(toTarget(c.req.valid("param"), c.req.valid("query"))), 200)
  })
  app.openapi(deleteRoute, async (c) => {
    const digest = await tags.delete(c.get("context"), toTarget(c.req.valid("param"), c.req.valid("query")))
    return c.json({ digest }, 200)
  })
}

function toTarget(
  { name, tag }: { name: string; tag: string },
  { withManifest, purge }: { withManifest: boolean; purge: boolean },
): TagTarget {
  return { repository: parseRepositoryName(name), tag: parseTag(tag), withManifest, isPurge: purge }
}

function toView({ totalBytes, pushedAt, ...tag }: TagDetails): TagView {
  return { ...tag, sizeBytes: totalBytes, pushedAt: new Date(pushedAt).toISOString() }
}
