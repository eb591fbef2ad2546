import { createRoute, z } from "@hono/zod-openapi"
import { RegistryError } from "../../domain/errors.ts"
import type { Backups } from "../../services/backup.ts"
import type { Jobs } from "../../services/jobs.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"

const params = z.object({ id: z.string().max(100) })

const createBackupRoute = createRoute({
  method: "post",
  path: "/api/v1/backups",
  summary: "Copies the metadata, as one moment leaves it, while the server serves",
  description: "The job's result is a Backup. The copy waits for an hour to be fetched.",
  responses: JOB_STARTED,
})

const contentRoute = createRoute({
  method: "get",
  path: "/api/v1/backups/{id}/content",
  summary: "The copy: a database of SQLite",
  request: { params },
  responses: {
    200: { description: "The file", content: { "application/vnd.sqlite3": { schema: z.string() } } },
    ...PROBLEMS,
  },
})

const holdRoute = createRoute({
  method: "get",
  path: "/api/v1/backups/hold",
  summary: "Keeps garbage collection from collecting for as long as the answer is read",
  description: "One line comes when nothing is collected any more; nothing follows it.",
  responses: {
    200: { description: "A line", content: { "text/plain": { schema: z.string() } } },
    ...PROBLEMS,
  },
})

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/backups/{id}",
  summary: "Removes the copy, once it was fetched; repeating it is no error",
  request: { params },
  responses: { 204: { description: "It is gone" }, ...PROBLEMS },
})

interface BackupRoutes {
  backups: Backups
  jobs: Jobs
  version: string
}

export function addBackupRoutes(app: Api, { backups, jobs, version }: BackupRoutes): void {
  app.openapi(createBackupRoute, (c) => {
    const job = jobs.start(
      {
        kind: "backup",
        subject: "the metadata",
        unit: "bytes",
        run: ({ signal, progress }) =>
          backups.run({ version, signal, progress: (done, total) => progress({ done, total }) }),
      },
      c.get("context").actor.id,
    )
    return c.json(toJobView(job), 202)
  })
  // The typed form knows no files.
  app.openAPIRegistry.registerPath(contentRoute)
  app.get("/api/v1/backups/:id/content", async (c) => {
    const file = await backups.find(c.req.param("id"))
    if (file === undefined) throw new RegistryError("BACKUP_UNKNOWN", "there is no such backup, or it was removed")
    return new Response(Bun.file(file.path), { headers: { "Content-Type": "application/vnd.sqlite3" } })
  })
  app.openAPIRegistry.registerPath(holdRoute)
  app.get("/api/v1/backups/hold", (c) => new Response(holdOpen(backups, c.req.raw.signal)))
  app.openapi(deleteRoute, async (c) => {
    await backups.delete(c.req.valid("param").id)
    return c.body(null, 204)
  })
}

/** Whoever copies says by the connection alone that it goes on: a copy that is killed holds nothing. */
function holdOpen(backups: Backups, signal: AbortSignal): ReadableStream<Uint8Array> {
  const left = Promise.withResolvers<void>()
  const leave = () => left.resolve()
  signal.addEventListener("abort", leave)
  return new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const release = await backups.hold()
      void left.promise.then(release)
      if (signal.aborted) leave()
      else controller.enqueue(new TextEncoder().encode("held\n"))
    },
    cancel: leave,
  })
}
