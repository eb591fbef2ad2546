import { createRoute, z } from "@hono/zod-openapi"
import { jobListSchema, jobSchema, type JobView } from "../../contract/jobs.ts"
import type { Job, Jobs } from "../../services/jobs.ts"
import { PROBLEMS, type Api } from "./call.ts"

const params = z.object({ id: z.string().max(100) })
const oneJob = { description: "The job", content: { "application/json": { schema: jobSchema } } }

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/jobs",
  summary: "The jobs under way and the last that ended, the newest first",
  responses: {
    200: { description: "The jobs", content: { "application/json": { schema: jobListSchema } } },
    ...PROBLEMS,
  },
})

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}",
  summary: "One job",
  request: { params },
  responses: { 200: oneJob, ...PROBLEMS },
})

const cancelRoute = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/cancel",
  summary: "Asks a job to stop at its next step",
  request: { params },
  responses: { 202: oneJob, ...PROBLEMS },
})

const watchRoute = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/events",
  summary: "The job as it is and at each change, one JSON text a line, until it has ended",
  request: { params },
  responses: {
    200: { description: "Lines", content: { "application/x-ndjson": { schema: jobSchema } } },
    ...PROBLEMS,
  },
})

/** What a route answers that began a job. */
export const JOB_STARTED = { 202: { ...oneJob, description: "The job that does it" }, ...PROBLEMS } as const

export function addJobRoutes(app: Api, jobs: Jobs): void {
  app.openapi(listRoute, (c) => c.json({ items: jobs.list().map(toJobView) }, 200))
  app.openapi(getRoute, (c) => c.json(toJobView(jobs.get(c.req.valid("param").id)), 200))
  app.openapi(cancelRoute, (c) => c.json(toJobView(jobs.cancel(c.req.valid("param").id)), 202))
  // A stream is nothing that the typed form knows.
  app.openAPIRegistry.registerPath(watchRoute)
  app.get("/api/v1/jobs/:id/events", (c) => {
    const id = c.req.param("id")
    return new Response(streamLines(jobs, id), { headers: { "Content-Type": "application/x-ndjson" } })
  })
}

export function toJobView({ unit, progress, startedAt, endedAt, ...job }: Job): JobView {
  return {
    ...job,
    progress: { ...progress, unit },
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
  }
}

/** Each line is made when the reader has taken the one before: who is slow misses steps, not memory. */
function streamLines(jobs: Jobs, id: string): ReadableStream<Uint8Array> {
  const leaving = new AbortController()
  const changes = jobs.watch(id, leaving.signal)[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, done } = await changes.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(toJobView(value))}\n`))
    },
    cancel: () => leaving.abort(),
  })
}
