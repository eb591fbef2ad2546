import { OpenAPIHono } from "@hono/zod-openapi"
import { bodyLimit } from "hono/body-limit"
import { RegistryError } from "../../domain/errors.ts"
import type { Ids } from "../../ports/ids.ts"
import type { Logger } from "../../ports/logger.ts"
import type { Adoption } from "../../services/adoption.ts"
import type { Backups } from "../../services/backup.ts"
import type { Deliveries } from "../../services/deliveries.ts"
import type { Exports } from "../../services/exports.ts"
import type { Gc } from "../../services/gc.ts"
import type { GcListing } from "../../services/gc-listing.ts"
import type { Fsck } from "../../services/fsck.ts"
import type { History } from "../../services/history.ts"
import type { Jobs } from "../../services/jobs.ts"
import type { ManifestDeletion } from "../../services/manifest-deletion.ts"
import type { Repositories } from "../../services/repositories.ts"
import type { Scrub } from "../../services/scrub.ts"
import type { Tags } from "../../services/tags.ts"
import { addAdoptionRoutes } from "./adoption.ts"
import { addBackupRoutes } from "./backup.ts"
import type { Api, ApiEnvironment } from "./call.ts"
import { addEventRoutes } from "./events.ts"
import { addExportRoutes } from "./exports.ts"
import { addGcRoutes } from "./gc.ts"
import { addFsckRoutes } from "./fsck.ts"
import { addHistoryRoutes } from "./history.ts"
import { addJobRoutes } from "./jobs.ts"
import { toProblemResponse } from "./problem.ts"
import { addManifestRoutes } from "./manifests.ts"
import { addRepositoryRoutes } from "./repositories.ts"
import { addScrubRoutes } from "./scrub.ts"
import { addTagRoutes } from "./tags.ts"

export interface ApiServices {
  adoption: Adoption
  backups: Backups
  deliveries: Deliveries
  exports: Exports
  gc: Gc
  gcListing: GcListing
  fsck: Fsck
  history: History
  jobs: Jobs
  manifestDeletion: ManifestDeletion
  repositories: Repositories
  scrub: Scrub
  tags: Tags
}

interface ApiOptions {
  services: ApiServices
  ids: Ids
  log: Logger
  version: string
  /** No server runs: the command that asks has the store to itself. */
  isAlone: boolean
  /** Writing is refused: somebody may be copying the data directory. */
  isReadOnly: boolean
}

/** What a command sends is a name or two. */
const MAX_BODY_BYTES = 2 ** 20

/** Whoever reaches the API is this actor: only the owner of the data directory can. */
const OPERATOR = { id: "operator", quotaKey: "operator" }

// They change nothing that a client sees: whoever goes back to distribution sets read-only mode first, and exports then.
// Collecting in read-only mode is what distribution asks for.
const OPEN_IN_READ_ONLY = /^\/api\/v1\/(?:adoption|backups(?:\/[^/]+)?|exports|fsck|gc\/runs|jobs\/[^/]+\/cancel)$/

/** The management API below /api/v1. Its schemas are those of src/contract. */
export function createApi({ services, ids, log, version, isAlone, isReadOnly }: ApiOptions): Api {
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      throw new RegistryError(
        "REQUEST_INVALID",
        // What is wrong with the whole of it has no path.
        `${issue?.path.join(".") || "request"}: ${issue?.message ?? "invalid"}`,
      )
    },
  })
  app.use(async (c, next) => {
    const { method, path } = c.req
    const { signal } = c.req.raw
    const requestId = ids.create()
    c.set("context", { actor: OPERATOR, requestId, signal, log })
    await next()
    if (method !== "GET") log.info("a command", { method, path, status: c.res.status, actor: OPERATOR.id, requestId })
  })
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new RegistryError("REQUEST_INVALID", `request: the body has more than ${MAX_BODY_BYTES} bytes`)
      },
    }),
  )
  app.use(async ({ req: { method, path } }, next) => {
    if (isReadOnly && method !== "GET" && !OPEN_IN_READ_ONLY.test(path)) {
      throw new RegistryError(
        "READ_ONLY",
        "the registry is in read-only mode, which storage.maintenance.readonly.enabled turns off",
      )
    }
    await next()
  })
  app.onError((error, c) => toProblemResponse(error, c.get("context")))
  app.notFound((c) =>
    toProblemResponse(new RegistryError("ROUTE_UNKNOWN", "there is nothing at this path"), c.get("context")),
  )

  app.get("/api/v1/version", (c) => c.json({ version }))
  addAdoptionRoutes(app, services)
  addBackupRoutes(app, { ...services, version })
  addEventRoutes(app, services)
  addExportRoutes(app, services)
  addGcRoutes(app, { ...services, isAlone })
  addFsckRoutes(app, { ...services, isAlone })
  addHistoryRoutes(app, services)
  addJobRoutes(app, services.jobs)
  addManifestRoutes(app, services)
  addRepositoryRoutes(app, services)
  addScrubRoutes(app, services)
  addTagRoutes(app, services)
  app.doc31("/api/v1/openapi.json", { openapi: "3.1.0", info: { title: "Berth", version } })
  return app
}
