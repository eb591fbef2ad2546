import { z } from "@hono/zod-openapi"
import { pageQuerySchema, pageSchema } from "./pages.ts"

const countsSchema = {
  objects: z.int().openapi({ description: "blobs and manifests that were looked at" }),
  bytes: z.int(),
  damaged: z.int(),
}

export const scrubCountsSchema = z.object(countsSchema).openapi("ScrubCounts")

export const scrubPassSchema = z
  .object({
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional().openapi({ description: "absent while it is under way" }),
    ...countsSchema,
  })
  .openapi("ScrubPass")

export const scrubSchema = z
  .object({
    state: z.enum(["idle", "running"]),
    pass: scrubPassSchema
      .optional()
      .openapi({ description: "the one under way, or the last; absent before the first" }),
    share: z.number().openapi({ description: "of the pass that is behind, 0 to 1" }),
    bytesPerSecond: z
      .int()
      .optional()
      .openapi({ description: "what a pass of the server's own reads, at most; absent where it makes none" }),
    damaged: z.int().openapi({ description: "objects that are damaged, needed, and not repaired" }),
  })
  .openapi("Scrub")

export const scrubRequestSchema = z
  .object({
    isFull: z.boolean().default(false).openapi({ description: "begin a new pass where one is under way" }),
    digest: z.string().max(200).optional().openapi({ description: "look at the copies of one blob alone" }),
  })
  .openapi("ScrubRequest")

export const damageQuerySchema = pageQuerySchema.extend({
  digest: z.string().max(200).optional().openapi({ description: "only the first of this blob's copies" }),
})

export const damageSchema = z
  .object({
    id: z.int(),
    kind: z.enum(["blob", "manifest"]),
    digest: z.string(),
    reason: z.enum(["changed", "missing", "unreadable"]),
    state: z.enum(["open", "repaired", "unneeded"]),
    foundAt: z.iso.datetime(),
    movedTo: z.string().optional().openapi({ description: "the file below berth/quarantine" }),
  })
  .openapi("Damage")

export const damagePageSchema = pageSchema(damageSchema).openapi("DamagePage")

export type ScrubCountsView = z.infer<typeof scrubCountsSchema>
export type ScrubPassView = z.infer<typeof scrubPassSchema>
export type ScrubView = z.infer<typeof scrubSchema>
export type DamageView = z.infer<typeof damageSchema>
