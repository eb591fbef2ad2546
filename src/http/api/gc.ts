import { createRoute, z } from "@hono/zod-openapi"
import {
  digestSchema,
  garbagePageSchema,
  gcRunSchema,
  gcSchema,
  markPageSchema,
  markQuerySchema,
  type DigestView,
  type GcReportView,
  type GcView,
  type MarkView,
} from "../../contract/gc.ts"
import { pageQuerySchema } from "../../contract/pages.ts"
import { parseDigest } from "../../domain/digest.ts"
import type { DigestRecord, GcWalk } from "../../ports/metadata/gc.ts"
import type { Adoption } from "../../services/adoption.ts"
import type { Gc, GcStatus } from "../../services/gc.ts"
import type { GcListing } from "../../services/gc-listing.ts"
import type { GcLastRun, GcReport } from "../../services/gc-report.ts"
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

const marksRoute = createRoute({
  method: "get",
  path: "/api/v1/gc/marks",
  summary: "What the last listed run keeps, and which manifests it takes",
  request: { query: markQuerySchema },
  responses: {
    200: { description: "A page of it", content: { "application/json": { schema: markPageSchema } } },
    ...PROBLEMS,
  },
})

const garbageRoute = createRoute({
  method: "get",
  path: "/api/v1/gc/garbage",
  summary: "The blobs that the last listed run takes",
  request: { query: pageQuerySchema },
  responses: {
    200: { description: "A page of them", content: { "application/json": { schema: garbagePageSchema } } },
    ...PROBLEMS,
  },
})

export interface GcParts {
  gc: Gc
  adoption: Pick<Adoption, "run">
  gcListing: GcListing
  jobs: Jobs
  /** No server runs: nobody reads what is removed. */
  isAlone: boolean
}

export function addGcRoutes(app: Api, { gc, gcListing, adoption, jobs, isAlone }: GcParts): void {
  app.openapi(getRoute, async (c) => c.json(toView(await gc.status()), 200))
  app.openapi(startRoute, (c) => {
    const { now, untagged, isListed, dryRun } = c.req.valid("json")
    const job = jobs.start(
      {
        kind: "gc",
        subject: dryRun ? "what would be collected" : "what nothing refers to",
        unit: "items",
        run: async ({ signal, progress }) => {
          // There is no server that takes over what distribution's links name, and nothing is collected before.
          if (isAlone) await adoption.run({ isFull: false, signal })
          const run = { isNow: now, isAlone, untagged, isListed, isRehearsal: dryRun, signal, progress }
          return toReportView(await gc.run(run))
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
  app.openapi(marksRoute, async (c) => {
    const page = await gcListing.listMarks(toPageRequest(c.req.valid("query")))
    return c.json(
      toListPage(page, (mark) => mark, placeOf),
      200,
    )
  })
  app.openapi(garbageRoute, async (c) => {
    const page = await gcListing.listBlobs(toPageRequest(c.req.valid("query")))
    return c.json(
      toListPage(
        page,
        (digest) => ({ digest }),
        ({ digest }) => digest,
      ),
      200,
    )
  })
}

function placeOf({ repository, manifest }: MarkView): string {
  return manifest === undefined ? repository : `${repository} ${manifest}`
}

const toTime = (at: number) => new Date(at).toISOString()

function toReportView({ found, ...report }: GcReport): GcReportView {
  return { ...withTimes(report), ...(found && { found }) }
}

function withTimes<Run extends GcLastRun>({ startedAt, endedAt, ...run }: Run) {
  return { ...run, startedAt: toTime(startedAt), endedAt: toTime(endedAt) }
}

function toView({ rules, backlog, lastRun, walks, held, waitsUntil, ...status }: GcStatus): GcView {
  const { untaggedSeconds, ...others } = rules
  const { reviews, ...counts } = backlog
  return {
    ...status,
    ...(waitsUntil !== undefined && { waitsUntil: toTime(waitsUntil) }),
    held: [...held],
    rules: { ...others, ...(untaggedSeconds !== undefined && { untaggedSeconds }) },
    backlog: { ...counts, queued: Object.values(reviews).reduce((sum, count) => sum + count, 0) },
    ...(lastRun && { lastRun: withTimes(lastRun) }),
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
  const toRow = (row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, TIMES.has(key) ? toTime(value as number) : (value as unknown)]),
    )
  return Object.fromEntries(
    Object.entries(record).map(([name, rows]) => [name, (rows as object[]).map(toRow)]),
  ) as Omit<DigestView, "digest">
}

const TIMES = new Set(["touchedAt", "createdAt", "condemnedAt", "deletedAt", "lastPulledAt", "since", "at"])
