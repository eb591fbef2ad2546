import { createRoute } from "@hono/zod-openapi"
import type { Exports } from "../../services/exports.ts"
import type { Jobs } from "../../services/jobs.ts"
import type { Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"

const createExportRoute = createRoute({
  method: "post",
  path: "/api/v1/exports",
  summary: "Writes distribution's links, so that distribution can serve the data directory",
  description: "The job's result is an ExportReport.",
  responses: JOB_STARTED,
})

export function addExportRoutes(app: Api, { exports, jobs }: { exports: Exports; jobs: Jobs }): void {
  app.openapi(createExportRoute, (c) => {
    const job = jobs.start(
      {
        kind: "export",
        subject: "docker/registry/v2",
        unit: "links",
        run: ({ signal, progress }) => exports.run({ signal, progress: (done) => progress({ done }) }),
      },
      c.get("context").actor.id,
    )
    return c.json(toJobView(job), 202)
  })
}
