import { z } from "@hono/zod-openapi"
import { deletionPreviewSchema } from "./repositories.ts"

export const manifestDeletionPreviewSchema = deletionPreviewSchema
  .extend({
    digest: z.string(),
    childCount: z.int().openapi({ description: "manifests that the deleted one names; they stay" }),
    indexes: z
      .array(z.string())
      .openapi({ description: "the first 10 manifests that name the deleted one, which they then lack" }),
  })
  .openapi("ManifestDeletionPreview")

export const manifestDeletionSchema = z.object({ digest: z.string() }).openapi("ManifestDeletion")

export type ManifestDeletionPreviewView = z.infer<typeof manifestDeletionPreviewSchema>
