import { z } from "@hono/zod-openapi"

/** What every refused request is answered with (RFC 9457). `code` is ours: docs/errors.md lists them. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: "about:blank" }),
    title: z.string().openapi({ description: "the status in words" }),
    status: z.int(),
    detail: z.string().openapi({ description: "what is wrong" }),
    code: z.string().openapi({ example: "NAME_UNKNOWN" }),
    context: z.unknown().optional(),
    requestId: z.string(),
  })
  .openapi("Problem")

export type Problem = z.infer<typeof problemSchema>
