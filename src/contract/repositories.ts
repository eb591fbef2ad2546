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

export const repositoryPageSchema = pageSchema(repositorySchema).openapi("RepositoryPage")

export type RepositoryView = z.infer<typeof repositorySchema>
