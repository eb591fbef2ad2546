import { createRoute } from "@hono/zod-openapi"
import { fsckReportSchema, fsckRequestSchema, type FsckReportView } from "../../contract/fsck.ts"
import type { FsckReport } from "../../domain/fsck.ts"
import type { Fsck, FsckRun } from "../../services/fsck.ts"
import type { Jobs, Work } from "../../services/jobs.ts"
import type { Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"

const request = { body: { content: { "application/json": { schema: fsckRequestSchema } }, required: true } }

const checkRoute = createRoute({
  method: "post",
  path: "/api/v1/fsck",
  summary: "Compares the database and the storage in both directions, and changes nothing",
  description: "The job's result is an FsckReport.",
  request,
  responses: JOB_STARTED,
})

const repairRoute = createRoute({
  method: "post",
  path: "/api/v1/fsck/repair",
  summary: "The same, and mends what can be mended without a loss",
  description: "The job's result is an FsckReport.",
  request,
  responses: JOB_STARTED,
})

interface FsckParts {
  fsck: Fsck
  jobs: Jobs
  /** Nobody else uses the store: what is young there is not what a push has just brought. */
  isAlone: boolean
}

export function addFsckRoutes(app: Api, { fsck, jobs, isAlone }: FsckParts): void {
  const start = (actor: string, run: Pick<FsckRun, "isDeep" | "isRepair">) =>
    toJobView(jobs.start(createWork(fsck, { ...run, isAlone }), actor))
  // Nothing else says what a job's result is.
  app.openAPIRegistry.register("FsckReport", fsckReportSchema)
  app.openapi(checkRoute, (c) =>
    c.json(start(c.get("context").actor.id, { ...c.req.valid("json"), isRepair: false }), 202),
  )
  app.openapi(repairRoute, (c) =>
    c.json(start(c.get("context").actor.id, { ...c.req.valid("json"), isRepair: true }), 202),
  )
}

function createWork(fsck: Fsck, run: Omit<FsckRun, "signal" | "progress">): Work {
  return {
    kind: "fsck",
    subject: "database and storage",
    unit: "objects",
    run: async ({ signal, progress }) =>
      toReportView(await fsck.run({ ...run, signal, onProgress: (done) => progress({ done }) })),
  }
}

function toReportView({ startedAt, finishedAt, counts, ...report }: FsckReport): FsckReportView {
  const toTime = (time: number) => new Date(time).toISOString()
  const seconds = (finishedAt - startedAt) / 1000
  return { startedAt: toTime(startedAt), finishedAt: toTime(finishedAt), seconds, counts: { ...counts }, ...report }
}
