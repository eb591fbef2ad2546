import { createRoute } from "@hono/zod-openapi"
import {
  eventPageSchema,
  eventQuerySchema,
  outboxSchema,
  replayedSchema,
  replaySchema,
  type EventView,
} from "../../contract/events.ts"
import { RegistryError } from "../../domain/errors.ts"
import type { DeliveryRecord } from "../../ports/metadata/events.ts"
import type { Deliveries, OutboxQuery } from "../../services/deliveries.ts"
import { PROBLEMS, type Api } from "./call.ts"

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/events",
  summary: "The events that wait for their delivery, or were given up",
  request: { query: eventQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: eventPageSchema } } },
    ...PROBLEMS,
  },
})

const countRoute = createRoute({
  method: "get",
  path: "/api/v1/events/endpoints",
  summary: "How many events are kept for each endpoint",
  responses: {
    200: { description: "The endpoints", content: { "application/json": { schema: outboxSchema } } },
    ...PROBLEMS,
  },
})

const replayRoute = createRoute({
  method: "post",
  path: "/api/v1/events/replay",
  summary: "Lets events that were given up wait for their delivery again",
  request: { body: { required: true, content: { "application/json": { schema: replaySchema } } } },
  responses: {
    200: { description: "How many wait again", content: { "application/json": { schema: replayedSchema } } },
    ...PROBLEMS,
  },
})

export function addEventRoutes(app: Api, { deliveries }: { deliveries: Deliveries }): void {
  app.openapi(listRoute, async (c) => {
    const { state, limit, endpoint, after } = c.req.valid("query")
    const { items, hasMore } = await deliveries.list({
      state,
      limit,
      ...(endpoint !== undefined && { endpoint }),
      ...(after !== undefined && { after: parsePosition(after) }),
    })
    const last = items.at(-1)
    return c.json({ items: items.map(toView), ...(hasMore && last && { next: formatPosition(last) }) }, 200)
  })
  app.openapi(countRoute, async (c) => {
    const configured = new Set(deliveries.listRecipients().map(({ name }) => name))
    const counts = await deliveries.listCounts()
    return c.json(
      {
        items: counts.map(({ endpoint, waiting, dead }) => {
          return { endpoint, waiting, dead, isConfigured: configured.has(endpoint) }
        }),
      },
      200,
    )
  })
  app.openapi(replayRoute, async (c) => {
    const { endpoint, id } = c.req.valid("json")
    if (id !== undefined) await deliveries.replayOne(id)
    return c.json({ replayed: endpoint === undefined ? 1 : await deliveries.replay(endpoint) }, 200)
  })
}

function formatPosition({ since, id, endpoint }: DeliveryRecord): string {
  return `${since}.${id}.${endpoint}`
}

function parsePosition(text: string): NonNullable<OutboxQuery["after"]> {
  const [, since, id, endpoint = ""] = /^(\d{1,15})\.(\d{1,15})\.(.+)$/s.exec(text) ?? []
  if (since === undefined) throw new RegistryError("REQUEST_INVALID", "after: not what `next` of a page was")
  return { since: Number(since), id: Number(id), endpoint }
}

function toView({ event, since, error, ...record }: DeliveryRecord): EventView {
  const { id, endpoint, state, repository, attempts } = record
  const { tag, digest } = event.target
  return {
    id,
    endpoint,
    state,
    repository,
    action: event.action,
    reference: tag ?? digest ?? "",
    eventId: event.id,
    happenedAt: new Date(event.at).toISOString(),
    since: new Date(since).toISOString(),
    attempts,
    ...(error !== undefined && { error }),
  }
}
