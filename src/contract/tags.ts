import { z } from "@hono/zod-openapi"
import { pageSchema } from "./pages.ts"
import { deletionQuerySchema } from "./repositories.ts"

export const tagSchema = z
  .object({
    name: z.string().openapi({ example: "1.2.3" }),
    digest: z.string().openapi({ description: "of the manifest that it points at" }),
    mediaType: z.string(),
    sizeBytes: z.int().openapi({ description: "of the manifest and all that it names, for every platform" }),
    pushedAt: z.iso.datetime(),
    pushedBy: z.string(),
  })
  .openapi("Tag")

export const tagPageSchema = pageSchema(tagSchema).openapi("TagPage")

export const tagDeletionQuerySchema = deletionQuerySchema.extend({
  withManifest: z.stringbool().default(false).openapi({
    type: "boolean",
    description: "delete the manifest as well, and every tag that points at it",
  }),
})

export const tagDeletionSchema = z.object({ digest: z.string() }).openapi("TagDeletion")

export type TagView = z.infer<typeof tagSchema>
export type TagDeletionView = z.infer<typeof tagDeletionSchema>
