import { z } from "@hono/zod-openapi"

/** What a backup says of itself. */
const backupManifestSchema = z.object({
  format: z.literal(1),
  version: z.string().openapi({ description: "of the program that made it" }),
  createdAt: z.iso.datetime().openapi({ description: "what was acknowledged before is in it" }),
  root: z.string().openapi({ description: "the data directory" }),
  schemaVersion: z.int(),
  counts: z.object({
    repositories: z.int(),
    tags: z.int(),
    manifests: z.int(),
    blobs: z.int(),
    blobBytes: z.int(),
  }),
  highestGeneration: z.int().openapi({ description: "of the storage keys of blobs" }),
})

/** What a job of the kind `backup` gives. */
export const backupSchema = backupManifestSchema
  .extend({ id: z.string(), sizeBytes: z.int().openapi({ description: "of the copy of the database" }) })
  .openapi("Backup")

export type BackupView = z.infer<typeof backupSchema>
