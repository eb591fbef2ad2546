import { z } from "@hono/zod-openapi"
import { pageSchema } from "./pages.ts"

export const repositorySchema = z
  .object({
    name: z.string().openapi({ example: "team/app" }),
    tagCount: z.int(),
    manifestCount: z.int(),
    sizeBytes: z
      .int()
      .openapi({ description: "of all its blobs, each counted once; other repositories may share them" }),
    lastPushedAt: z.iso.datetime().nullable().openapi({ description: "when a tag was last pushed" }),
  })
  .openapi("Repository")

export const repositoryPageSchema = pageSchema(repositorySchema)
  .extend({
    isPartial: z
      .boolean()
      .openapi({ description: "whether repositories may be missing: a directory is being taken over" }),
  })
  .openapi("RepositoryPage")

export const deletionQuerySchema = z.object({
  purge: z.stringbool().default(false).openapi({
    type: "boolean",
    description:
      "it cannot be restored afterwards, and garbage collection does not wait for that; also what is deleted already",
  }),
})

/** What goes when something is deleted, and what garbage collection can free afterwards. */
export const deletionPreviewSchema = z
  .object({
    tagCount: z.int(),
    tags: z.array(z.string()).openapi({ description: "the first 100 of them" }),
    manifestCount: z.int(),
    deletedCount: z
      .int()
      .openapi({ description: "with `purge`: manifests that are deleted already, and can be restored until then" }),
    blobCount: z.int().openapi({ description: "layers and configurations that nothing else uses" }),
    freeableBytes: z.int().openapi({ description: "their bytes" }),
  })
  .openapi("DeletionPreview")

export type DeletionPreviewView = z.infer<typeof deletionPreviewSchema>
export type RepositoryPageView = z.infer<typeof repositoryPageSchema>
export type RepositoryView = z.infer<typeof repositorySchema>
