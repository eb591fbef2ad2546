import { z } from "@hono/zod-openapi"

/** Work that takes its time: it goes on when its caller leaves, and can be watched and cancelled. */
export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: "repository-delete" }),
    subject: z.string().openapi({ description: "what it works on", example: "team/app" }),
    state: z.enum(["running", "done", "failed", "cancelled"]),
    progress: z.object({
      done: z.number(),
      total: z.number().optional(),
      unit: z.string().openapi({ example: "manifests" }),
    }),
    actor: z.string(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    result: z.unknown().optional().openapi({ description: "what the work gave; its form depends on the kind" }),
    error: z.string().optional().openapi({ description: "why it failed" }),
  })
  .openapi("Job")

export const jobListSchema = z.object({ items: z.array(jobSchema) }).openapi("JobList")

export type JobView = z.infer<typeof jobSchema>
