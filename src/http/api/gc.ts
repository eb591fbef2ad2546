import { createRoute, z } from "@hono/zod-openapi"
import {
  contentPageSchema,
  contentQuerySchema,
  digestSchema,
  gcRunSchema,
  gcSchema,
  type DigestView,
  type GcReportView,
  type GcView,
} from "../../contract/gc.ts"
import { parseDigest } from "../../domain/digest.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { DigestRecord, GcWalk } from "../../ports/metadata/gc.ts"
import type { Adoption } from "../../services/adoption.ts"
import type { Exports } from "../../services/exports.ts"
import type { Gc, GcStatus } from "../../services/gc.ts"
import type { GcReport } from "../../services/gc-report.ts"
import type { Jobs } from "../../services/jobs.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"
import { toListPage, toPageRequest } from "./listing.ts"

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/gc",
  summary: "What garbage collection does, has done and waits for",
  responses: {
    200: { description: "The state", content: { "application/json": { schema: gcSchema } } },
    ...PROBLEMS,
  },
})

const startRoute = createRoute({
  method: "post",
  path: "/api/v1/gc/runs",
  summary: "Collects garbage at once, beside the timed runs",
  description: "The job's result is a GcReport.",
  request: { body: { content: { "application/json": { schema: gcRunSchema } } } },
  responses: JOB_STARTED,
})

const explainRoute = createRoute({
  method: "get",
  path: "/api/v1/digests/{digest}",
  summary: "Why these bytes are here, or when and why they went",
  request: { params: z.object({ digest: z.string().max(200) }) },
  responses: {
    200: { description: "All that is known of them", content: { "application/json": { schema: digestSchema } } },
    ...PROBLEMS,
  },
})

const contentRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/content",
  summary: "The manifests or the blobs of a repository, by digest",
  request: { params: z.object({ name: z.string().max(300) }), query: contentQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: contentPageSchema } } },
    ...PROBLEMS,
  },
})

export interface GcParts {
  gc: Gc
  adoption: Pick<Adoption, "run">
  exports: Pick<Exports, "listContent">
  jobs: Jobs
  /** No server runs: nobody reads what is removed. */
  isAlone: boolean
}

export function addGcRoutes(app: Api, { gc, adoption, exports, jobs, isAlone }: GcParts): void {
  app.openapi(getRoute, async (c) => c.json(toView(await gc.status()), 200))
  app.openapi(startRoute, (c) => {
    const { now, untagged, dryRun } = c.req.valid("json")
    const job = jobs.start(
      {
        kind: "gc",
        subject: dryRun ? "what would be collected" : "what nothing refers to",
        unit: "items",
        run: async ({ signal, progress }) => {
          // There is no server that takes over what distribution's links name, and nothing is collected before.
          if (isAlone) await adoption.run({ isFull: false, signal })
          return toReportView(await gc.run({ isNow: now, isAlone, untagged, isRehearsal: dryRun, signal, progress }))
        },
      },
      c.get("context").actor.id,
    )
    return c.json(toJobView(job), 202)
  })
  app.openapi(explainRoute, async (c) => {
    const digest = parseDigest(c.req.valid("param").digest)
    return c.json({ digest, ...toDigestView(await gc.explain(digest)) }, 200)
  })
  app.openapi(contentRoute, async (c) => {
    const { kind, ...page } = c.req.valid("query")
    const repository = parseRepositoryName(c.req.valid("param").name)
    const found = await exports.listContent(repository, kind, toPageRequest(page))
    return c.json(
      toListPage(
        found,
        ({ digest }) => ({ digest }),
        ({ digest }) => digest,
      ),
      200,
    )
  })
}

const toTime = (at: number) => new Date(at).toISOString()

function toReportView({ startedAt, endedAt, ...report }: GcReport): GcReportView {
  return { ...report, startedAt: toTime(startedAt), endedAt: toTime(endedAt) }
}

function toView({ rules, backlog, lastRun, walks, held, ...status }: GcStatus): GcView {
  const { untaggedSeconds, ...others } = rules
  const { reviews, ...counts } = backlog
  return {
    ...status,
    held: [...held],
    rules: { ...others, ...(untaggedSeconds !== undefined && { untaggedSeconds }) },
    backlog: { ...counts, queued: Object.values(reviews).reduce((sum, count) => sum + count, 0) },
    ...(lastRun && { lastRun: toReportView(lastRun) }),
    walks: {
      ...(walks.records && { records: toWalkView(walks.records) }),
      ...(walks.objects && { objects: toWalkView(walks.objects) }),
    },
  }
}

function toWalkView({ startedAt, endedAt, position }: GcWalk) {
  return { position, startedAt: toTime(startedAt), ...(endedAt !== undefined && { endedAt: toTime(endedAt) }) }
}

function toDigestView(record: DigestRecord): Omit<DigestView, "digest"> {
  const withTimes = (row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, TIMES.has(key) ? toTime(value as number) : (value as unknown)]),
    )
  return Object.fromEntries(
    Object.entries(record).map(([name, rows]) => [name, (rows as object[]).map(withTimes)]),
  ) as Omit<DigestView, "digest">
}

const TIMES = new Set(["touchedAt", "createdAt", "condemnedAt", "deletedAt", "lastPulledAt", "since", "at"])
