import { z } from "@hono/zod-openapi"

export const fsckRequestSchema = z
  .object({ isDeep: z.boolean().default(false).openapi({ description: "read every blob back as well" }) })
  .openapi("FsckRequest")

export const findingSchema = z.object({
  kind: z.string(),
  subject: z.string(),
  detail: z.string().optional(),
  repair: z.enum(["possible", "done", "aside", "failed"]).optional(),
})

export const fsckReportSchema = z
  .object({
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    seconds: z.number(),
    isDeep: z.boolean(),
    objects: z.int(),
    young: z
      .int()
      .openapi({ description: "stored files without a record that a push may be about to record: not judged" }),
    counts: z.record(z.string(), z.int()).openapi({ description: "how many of each kind" }),
    findings: z.array(findingSchema).openapi({ description: "of each kind the first hundred" }),
    repairs: z.object({ possible: z.int(), done: z.int(), aside: z.int(), failed: z.int() }).openapi({
      description: "how many findings can be seen to, were mended, were moved aside, and could not be mended",
    }),
    faults: z.int().openapi({ description: "faults that are left; 0: nothing is lost or wrong" }),
  })
  .openapi("FsckReport")

export type FindingView = z.infer<typeof findingSchema>
export type FsckReportView = z.infer<typeof fsckReportSchema>
