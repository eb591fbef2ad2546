import { z } from "@hono/zod-openapi"
import { deletionPreviewSchema } from "./repositories.ts"

export const manifestDeletionPreviewSchema = deletionPreviewSchema
  .extend({
    digest: z.string(),
    childCount: z.int().openapi({ description: "manifests that the deleted one names; they stay" }),
  })
  .openapi("ManifestDeletionPreview")

export const manifestDeletionSchema = z.object({ digest: z.string() }).openapi("ManifestDeletion")

export type ManifestDeletionPreviewView = z.infer<typeof manifestDeletionPreviewSchema>
