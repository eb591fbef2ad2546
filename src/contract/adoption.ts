import { z } from "@hono/zod-openapi"
import { pageSchema } from "./pages.ts"

const progressSchema = z.object({ repositories: z.int(), links: z.int() })

export const adoptionReportSchema = z
  .object({
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    seconds: z.number(),
    counts: z.object({
      repositories: z.int(),
      tags: z.int(),
      manifests: z.int(),
      blobs: z.int().openapi({ description: "links of repositories to blobs" }),
      uploads: z.int().openapi({ description: "unfinished ones, which are left alone" }),
      changes: z.int().openapi({ description: "what was taken over that was not there before" }),
    }),
    problems: z.record(z.string(), z.int()).openapi({ description: "how many of each kind" }),
  })
  .openapi("AdoptionReport")

export const adoptionSchema = z
  .object({
    state: z.enum(["idle", "waiting", "running"]),
    progress: progressSchema,
    total: progressSchema.optional(),
    report: adoptionReportSchema.optional().openapi({ description: "of the last run that looked at everything" }),
    latest: adoptionReportSchema.optional().openapi({
      description: "of a later run, at the start of this server, which looked at what had changed",
    }),
  })
  .openapi("Adoption")

/** Paths are long. */
export const problemQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(5000).optional(),
})

export const adoptionProblemSchema = z
  .object({
    kind: z.string(),
    path: z.string().openapi({ description: "below the data directory" }),
    detail: z.string().optional(),
  })
  .openapi("AdoptionProblem")

export const adoptionProblemPageSchema = pageSchema(adoptionProblemSchema).openapi("AdoptionProblemPage")

export type AdoptionView = z.infer<typeof adoptionSchema>
export type AdoptionReportView = z.infer<typeof adoptionReportSchema>
export type AdoptionProblemView = z.infer<typeof adoptionProblemSchema>
