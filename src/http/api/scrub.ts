import { createRoute } from "@hono/zod-openapi"
import {
  damagePageSchema,
  damageQuerySchema,
  scrubRequestSchema,
  scrubSchema,
  type DamageView,
  type ScrubPassView,
  type ScrubView,
} from "../../contract/scrub.ts"
import { parseDigest } from "../../domain/digest.ts"
import type { Damage, ScrubPass } from "../../ports/metadata/scrub.ts"
import type { JobContext, Jobs, Work } from "../../services/jobs.ts"
import type { Scrub, ScrubRun } from "../../services/scrub.ts"
import { PROBLEMS, type Api } from "./call.ts"
import { JOB_STARTED, toJobView } from "./jobs.ts"
import { toListPage, toPageRequest } from "./listing.ts"

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/scrub",
  summary: "How far what is stored was compared with its digests",
  responses: {
    200: { description: "The state", content: { "application/json": { schema: scrubSchema } } },
    ...PROBLEMS,
  },
})

const damageRoute = createRoute({
  method: "get",
  path: "/api/v1/scrub/damage",
  summary: "What was found damaged, in the order in which it was found",
  request: { query: damageQuerySchema },
  responses: {
    200: { description: "A page of it", content: { "application/json": { schema: damagePageSchema } } },
    ...PROBLEMS,
  },
})

const startRoute = createRoute({
  method: "post",
  path: "/api/v1/scrub",
  summary: "Compares what is stored with its digests now, as fast as can be",
  description: "The job's result is a ScrubPass, or with a digest ScrubCounts.",
  request: { body: { content: { "application/json": { schema: scrubRequestSchema } }, required: true } },
  responses: JOB_STARTED,
})

export function addScrubRoutes(app: Api, { scrub, jobs }: { scrub: Scrub; jobs: Jobs }): void {
  app.openapi(getRoute, async (c) => c.json(await toView(scrub), 200))
  app.openapi(damageRoute, async (c) => {
    const { digest, ...place } = c.req.valid("query")
    if (digest !== undefined) {
      const found = await scrub.listDamageOf(parseDigest(digest), place.limit)
      return c.json({ items: found.map(toDamageView) }, 200)
    }
    const page = await scrub.listDamage(toPageRequest(place))
    return c.json(
      toListPage(page, toDamageView, ({ id }) => String(id)),
      200,
    )
  })
  app.openapi(startRoute, (c) => {
    const { isFull, digest } = c.req.valid("json")
    const work = digest === undefined ? createPass(scrub, isFull) : createCheck(scrub, digest)
    return c.json(toJobView(jobs.start(work, c.get("context").actor.id)), 202)
  })
}

function createPass(scrub: Scrub, isFull: boolean): Work {
  return {
    kind: "scrub",
    subject: "everything stored",
    unit: "objects",
    run: async (context) => toPassView(await scrub.run({ ...toRun(context), isFull })),
  }
}

function createCheck(scrub: Scrub, text: string): Work {
  const digest = parseDigest(text)
  return {
    kind: "scrub",
    subject: digest,
    unit: "objects",
    run: (context) => scrub.runOne(digest, toRun(context)),
  }
}

/** Not slowed down: somebody waits for it. */
function toRun({ signal, progress }: JobContext): ScrubRun {
  return {
    signal,
    pace: async () => signal.throwIfAborted(),
    // How many there are nobody has counted; what is behind tells it.
    onProgress: ({ objects }, share) =>
      progress({ done: objects, ...(share > 0.01 && { total: Math.max(objects, Math.round(objects / share)) }) }),
  }
}

async function toView(scrub: Scrub): Promise<ScrubView> {
  const [pass, damaged] = await Promise.all([scrub.findPass(), scrub.countDamage()])
  return {
    state: scrub.isRunning() ? "running" : "idle",
    share: pass === undefined ? 0 : scrub.shareOf(pass),
    damaged,
    ...(scrub.bytesPerSecond !== undefined && { bytesPerSecond: scrub.bytesPerSecond }),
    ...(pass && { pass: toPassView(pass) }),
  }
}

function toPassView({ startedAt, endedAt, objects, bytes, damaged }: ScrubPass): ScrubPassView {
  return {
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
    objects,
    bytes,
    damaged,
  }
}

function toDamageView({ id, kind, digest, reason, state, foundAt, movedTo }: Damage): DamageView {
  const found = { id, kind, digest, reason, state, foundAt: new Date(foundAt).toISOString() }
  return movedTo === undefined || movedTo === "" ? found : { ...found, movedTo }
}
