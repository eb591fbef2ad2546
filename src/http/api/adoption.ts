import { createRoute } from "@hono/zod-openapi"
import {
  adoptionProblemPageSchema,
  adoptionSchema,
  problemQuerySchema,
  type AdoptionReportView,
  type AdoptionView,
} from "../../contract/adoption.ts"
import type { AdoptionReport } from "../../domain/adoption.ts"
import type { Adoption } from "../../services/adoption.ts"
import type { Jobs, Work } from "../../services/jobs.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"
import { toListPage, toPageRequest } from "./listing.ts"

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/adoption",
  summary: "How far the data directory of docker-registry is taken over",
  responses: {
    200: { description: "The state", content: { "application/json": { schema: adoptionSchema } } },
    ...PROBLEMS,
  },
})

const problemsRoute = createRoute({
  method: "get",
  path: "/api/v1/adoption/problems",
  summary: "What was found wrong in it: the first 10,000",
  request: { query: problemQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: adoptionProblemPageSchema } } },
    ...PROBLEMS,
  },
})

const startRoute = createRoute({
  method: "post",
  path: "/api/v1/adoption",
  summary: "Looks at everything that docker-registry wrote, and takes over what is new",
  responses: JOB_STARTED,
})

export function addAdoptionRoutes(app: Api, { adoption, jobs }: { adoption: Adoption; jobs: Jobs }): void {
  app.openapi(getRoute, async (c) => c.json(await toView(adoption), 200))
  app.openapi(problemsRoute, async (c) => {
    const page = await adoption.listProblems(toPageRequest(c.req.valid("query")))
    return c.json(
      toListPage(
        page,
        (problem) => problem,
        ({ kind, path }) => `${kind} ${path}`,
      ),
      200,
    )
  })
  app.openapi(startRoute, (c) => c.json(toJobView(jobs.start(createWork(adoption), c.get("context").actor.id)), 202))
}

function createWork(adoption: Adoption): Work {
  return {
    kind: "adopt",
    subject: "the data directory",
    unit: "links",
    run: async ({ signal, progress }) => {
      const report = await adoption.run({
        isFull: true,
        signal,
        onProgress: (state) =>
          progress({ done: state.progress.links, ...(state.total && { total: state.total.links }) }),
      })
      return report && toReportView(report)
    },
  }
}

async function toView(adoption: Adoption): Promise<AdoptionView> {
  const { is, progress, total, report: last } = adoption.state()
  const report = (await adoption.findRun())?.report
  const isLater = report !== undefined && last !== undefined && last.startedAt > report.startedAt
  return {
    state: is,
    progress,
    ...(total && { total }),
    ...(report && { report: toReportView(report) }),
    ...(isLater && { latest: toReportView(last) }),
  }
}

function toReportView({ startedAt, finishedAt, counts, problems }: AdoptionReport): AdoptionReportView {
  const toTime = (time: number) => new Date(time).toISOString()
  return {
    startedAt: toTime(startedAt),
    finishedAt: toTime(finishedAt),
    seconds: (finishedAt - startedAt) / 1000,
    counts,
    problems: { ...problems },
  }
}
