import { z } from "@hono/zod-openapi"
import { pageSchema } from "./pages.ts"

const tagChangeSchema = z
  .object({
    id: z.int(),
    tag: z.string(),
    from: z.string().optional().openapi({ description: "what it named before; absent: it was not there" }),
    to: z.string().optional().openapi({ description: "what it has named since; absent: it was deleted" }),
    at: z.iso.datetime(),
    actor: z.string(),
    state: z
      .enum(["present", "deleted", "gone"])
      .optional()
      .openapi({ description: "whether `to` can be pulled, can be restored, or is gone for good" }),
  })
  .openapi("TagChange")

export const historyQuerySchema = z.object({
  tag: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.coerce.number().int().min(1).optional().openapi({ description: "only changes before that of this `id`" }),
})

export const historyPageSchema = pageSchema(tagChangeSchema).openapi("HistoryPage")

export const tagRestorationSchema = z
  .object({
    digest: z.string().max(200).optional(),
    at: z.string().max(50).optional().openapi({ description: "RFC 3339: what the tag named at that time" }),
  })
  .openapi("TagRestoration")

export const restoredSchema = z
  .object({
    digest: z.string().optional().openapi({ description: "what a restored tag names" }),
    manifests: z.int().openapi({ description: "how many are back, with the children of indexes" }),
    tagCount: z.int().openapi({ description: "how many tags are back; one that named it already is not" }),
    kept: z
      .array(z.string())
      .openapi({ description: "tags that were pushed again since, and stay as they are; the first 100" }),
    keptCount: z.int().openapi({ description: "how many they are" }),
    missing: z
      .array(z.string())
      .openapi({ description: "content that is named and not there: push it again; the first 100" }),
    missingCount: z.int().openapi({ description: "all of it, counted up to 10,000" }),
  })
  .openapi("Restored")

/** What a restoration would bring back. */
export const restorationPreviewSchema = restoredSchema
  .extend({
    replaced: z.string().optional().openapi({ description: "what a tag names now, which stays without it" }),
    tags: z.array(z.string()).openapi({ description: "the first 100 of those that come back" }),
  })
  .openapi("RestorationPreview")

export type TagChangeView = z.infer<typeof tagChangeSchema>
export type RestoredView = z.infer<typeof restoredSchema>
export type RestorationPreviewView = z.infer<typeof restorationPreviewSchema>
