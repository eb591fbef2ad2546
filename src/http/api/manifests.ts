import { createRoute, z } from "@hono/zod-openapi"
import { manifestDeletionPreviewSchema, manifestDeletionSchema } from "../../contract/manifests.ts"
import { deletionQuerySchema } from "../../contract/repositories.ts"
import { parseDigest } from "../../domain/digest.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { ManifestDeletion, ManifestTarget } from "../../services/manifest-deletion.ts"
import { PROBLEMS, type Api } from "./call.ts"

const params = z.object({ name: z.string().max(300), digest: z.string().max(200) })

const previewRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/manifests/{digest}/deletion-preview",
  summary: "What a deletion of the manifest would delete and free",
  request: { params, query: deletionQuerySchema },
  responses: {
    200: { description: "What goes", content: { "application/json": { schema: manifestDeletionPreviewSchema } } },
    ...PROBLEMS,
  },
})

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/repositories/{name}/manifests/{digest}",
  summary: "Deletes a manifest and every tag that points at it",
  request: { params, query: deletionQuerySchema },
  responses: {
    200: { description: "It is deleted", content: { "application/json": { schema: manifestDeletionSchema } } },
    ...PROBLEMS,
  },
})

export function addManifestRoutes(app: Api, { manifestDeletion }: { manifestDeletion: ManifestDeletion }): void {
  app.openapi(previewRoute, async (c) => {
    const target = toTarget(c.req.valid("param"), c.req.valid("query"))
    return c.json(await manifestDeletion.preview(target), 200)
  })
  app.openapi(deleteRoute, async (c) => {
    const target = toTarget(c.req.valid("param"), c.req.valid("query"))
    await manifestDeletion.delete(c.get("context"), target)
    return c.json({ digest: target.digest }, 200)
  })
}

function toTarget({ name, digest }: { name: string; digest: string }, { purge }: { purge: boolean }): ManifestTarget {
  return { repository: parseRepositoryName(name), digest: parseDigest(digest), isPurge: purge }
}
