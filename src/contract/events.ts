import { z } from "@hono/zod-openapi"
import { pageQuerySchema, pageSchema } from "./pages.ts"

export const eventSchema = z
  .object({
    id: z.int().openapi({ description: "of this event on its way to this endpoint" }),
    endpoint: z.string(),
    state: z.enum(["waiting", "dead"]),
    repository: z.string(),
    action: z.enum(["push", "pull", "mount", "delete"]),
    reference: z.string().openapi({ description: "a tag or a digest; empty where the repository as a whole is meant" }),
    eventId: z.string().openapi({ description: "the id in the payload" }),
    happenedAt: z.iso.datetime(),
    since: z.iso.datetime().openapi({ description: "when it came into its state" }),
    attempts: z.int(),
    error: z.string().optional().openapi({ description: "of the last attempt, or why it was given up" }),
  })
  .openapi("Event")

export const eventQuerySchema = pageQuerySchema.extend({
  endpoint: z.string().max(300).optional(),
  state: z.enum(["waiting", "dead"]).default("dead"),
})

export const eventPageSchema = pageSchema(eventSchema).openapi("EventPage")

const outboxCountSchema = z.object({
  endpoint: z.string(),
  waiting: z.int(),
  dead: z.int(),
  isConfigured: z.boolean().openapi({ description: "false: nothing is sent to it, and nothing can be replayed" }),
})

export const outboxSchema = z.object({ items: z.array(outboxCountSchema) }).openapi("Outbox")

/** One of the two. */
export const replaySchema = z
  .object({ endpoint: z.string().max(300).optional(), id: z.int().optional() })
  .refine(({ endpoint, id }) => (endpoint === undefined) !== (id === undefined), "name either an endpoint or an id")
  .openapi("Replay")

export const replayedSchema = z.object({ replayed: z.int() }).openapi("Replayed")

export type EventView = z.infer<typeof eventSchema>
export type OutboxView = z.infer<typeof outboxSchema>
export type ReplayedView = z.infer<typeof replayedSchema>
