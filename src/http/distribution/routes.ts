import type { Action } from "../../domain/actor.ts"
import type { Blobs } from "../../services/blobs.ts"
import type { Catalog } from "../../services/catalog.ts"
import type { Manifests } from "../../services/manifests.ts"
import type { Referrers } from "../../services/referrers.ts"
import type { Tags } from "../../services/tags.ts"
import type { Uploads } from "../../services/uploads.ts"
import { createBodyReader, type BodyOpener } from "../request-body.ts"
import { createBaseHandler, extensions, root } from "./base.ts"
import { createBlobHandlers } from "./blobs.ts"
import type { Handler } from "./call.ts"
import { createCatalogHandler } from "./catalog.ts"
import { createManifestHandlers } from "./manifests.ts"
import { createReferrersHandler } from "./referrers.ts"
import type { RouteKind } from "./route.ts"
import { createSearchHandlers } from "./search.ts"
import { createTagsHandler } from "./tags.ts"
import { createUploadHandlers } from "./uploads.ts"

/** The right that a route needs: an action, `login` for whoever has logged in, `public` for everybody. */
export type Right = Action | "login" | "public"

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"

/** Every route of the registry, each with its right: what is not in here does not exist. */
export type RouteTable = Record<RouteKind, Partial<Record<Method, readonly [Right, Handler]>>>

export interface RouteDependencies {
  blobs: Blobs
  catalog: Catalog
  manifests: Manifests
  referrers: Referrers
  tags: Tags
  uploads: Uploads
  openBody: BodyOpener
  /** What `/v2/` warns of, where everybody on the network may write. */
  warning: string | undefined
  limits: { ranges: number; manifestBytes: number; catalogEntries: number; tags: number }
}

/** Manifests that are being received, all together. */
const MANIFESTS_IN_MEMORY_BYTES = 64 * 1024 * 1024

export function createRoutes(services: RouteDependencies): RouteTable {
  const { limits } = services
  const base = createBaseHandler(services.warning)
  const maxTotalBytes = Math.max(MANIFESTS_IN_MEMORY_BYTES, limits.manifestBytes)
  const readBody = createBodyReader({ openBody: services.openBody, maxBytes: limits.manifestBytes, maxTotalBytes })
  const blob = createBlobHandlers(services.blobs, limits.ranges)
  const catalog = createCatalogHandler(services.catalog, limits.catalogEntries)
  const manifest = createManifestHandlers(services.manifests, readBody)
  const referrers = createReferrersHandler(services.referrers)
  const { ping, search } = createSearchHandlers(services.catalog)
  const tags = createTagsHandler(services.tags, limits.tags)
  const upload = createUploadHandlers(services)
  return {
    root: read("public", root),
    base: read("login", base),
    catalog: read("catalog", catalog),
    extensions: read("login", extensions),
    "repository-extensions": read("pull", extensions),
    "v1-ping": read("public", ping),
    "v1-search": read("search", search),
    tags: read("pull", tags),
    referrers: read("pull", referrers),
    manifest: {
      GET: ["pull", manifest.get],
      HEAD: ["pull", manifest.head],
      PUT: ["push", manifest.put],
      DELETE: ["delete", manifest.delete],
    },
    blob: { GET: ["pull", blob.get], HEAD: ["pull", blob.head], DELETE: ["delete", blob.delete] },
    uploads: { POST: ["push", upload.create] },
    upload: {
      GET: ["pull", upload.get],
      HEAD: ["pull", upload.get],
      PATCH: ["push", upload.patch],
      PUT: ["push", upload.put],
      DELETE: ["cancel", upload.delete],
    },
  }
}

function read(right: Right, handler: Handler): Partial<Record<Method, readonly [Right, Handler]>> {
  return { GET: [right, handler], HEAD: [right, handler] }
}
