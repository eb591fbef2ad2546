import { z } from "@hono/zod-openapi"

/** What a job of the kind `export` gives. */
export const exportReportSchema = z
  .object({
    repositories: z.int(),
    tags: z.int(),
    manifests: z.int(),
    blobs: z.int().openapi({ description: "links of repositories to blobs" }),
    written: z.int().openapi({ description: "links that were missing or said something else" }),
    removed: z.int().openapi({ description: "links of what was deleted here" }),
  })
  .openapi("ExportReport")

export type ExportReportView = z.infer<typeof exportReportSchema>
