import { createRoute, z } from "@hono/zod-openapi"
import {
  historyPageSchema,
  historyQuerySchema,
  restorationPreviewSchema,
  restoredSchema,
  tagRestorationSchema,
  type TagChangeView,
} from "../../contract/history.ts"
import { parseDigest } from "../../domain/digest.ts"
import { RegistryError } from "../../domain/errors.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import { parseTimestamp } from "../../domain/timestamp.ts"
import type { TagChange } from "../../ports/metadata/history.ts"
import type { History, TagChoice } from "../../services/history.ts"
import { PROBLEMS, type Api } from "./call.ts"

const params = z.object({ name: z.string().max(300) })
const RESTORED = {
  200: { description: "It is back", content: { "application/json": { schema: restoredSchema } } },
  ...PROBLEMS,
}

const PREVIEWED = {
  200: {
    description: "What comes back, and what is missing",
    content: { "application/json": { schema: restorationPreviewSchema } },
  },
  ...PROBLEMS,
}

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/history",
  summary: "What the tags of a repository have named, the latest change first",
  request: { params, query: historyQuerySchema },
  responses: {
    200: { description: "A page of changes", content: { "application/json": { schema: historyPageSchema } } },
    ...PROBLEMS,
  },
})

const restoreTagRoute = createRoute({
  method: "post",
  path: "/api/v1/repositories/{name}/tags/{tag}/restore",
  summary: "Points a tag at what it named before, at a time, or at a manifest",
  request: {
    params: params.extend({ tag: z.string().max(200) }),
    body: { content: { "application/json": { schema: tagRestorationSchema } } },
  },
  responses: RESTORED,
})

const restoreManifestRoute = createRoute({
  method: "post",
  path: "/api/v1/repositories/{name}/manifests/{digest}/restore",
  summary: "Brings back a deleted manifest with the tags that went with it",
  request: { params: params.extend({ digest: z.string().max(200) }) },
  responses: RESTORED,
})

const restoreRepositoryRoute = createRoute({
  method: "post",
  path: "/api/v1/repositories/{name}/restore",
  summary: "Brings back what the last deletion of a repository took",
  request: { params },
  responses: RESTORED,
})

const previewTagRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/tags/{tag}/restoration-preview",
  summary: "What a restoration of the tag would bring back",
  request: { params: params.extend({ tag: z.string().max(200) }), query: tagRestorationSchema },
  responses: PREVIEWED,
})

const previewManifestRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/manifests/{digest}/restoration-preview",
  summary: "What a restoration of the manifest would bring back",
  request: { params: params.extend({ digest: z.string().max(200) }) },
  responses: PREVIEWED,
})

const previewRepositoryRoute = createRoute({
  method: "get",
  path: "/api/v1/repositories/{name}/restoration-preview",
  summary: "What a restoration of the repository would bring back",
  request: { params },
  responses: PREVIEWED,
})

export function addHistoryRoutes(app: Api, { history }: { history: History }): void {
  app.openapi(listRoute, async (c) => {
    const { tag, limit, after } = c.req.valid("query")
    const query = { limit, ...(tag !== undefined && { tag: parseTag(tag) }), ...(after && { before: after }) }
    const { items, hasMore } = await history.list(parseRepositoryName(c.req.valid("param").name), query)
    const last = items.at(-1)
    return c.json({ items: items.map(toView), ...(hasMore && last && { next: String(last.id) }) }, 200)
  })
  app.openapi(restoreTagRoute, async (c) => {
    const { name, tag } = c.req.valid("param")
    const target = { repository: parseRepositoryName(name), tag: parseTag(tag) }
    const choice = parseChoice(c.req.valid("json"))
    return c.json(await history.restoreTag(c.get("context"), target, choice), 200)
  })
  app.openapi(previewTagRoute, async (c) => {
    const { name, tag } = c.req.valid("param")
    const target = { repository: parseRepositoryName(name), tag: parseTag(tag) }
    return c.json(await history.previewTag(target, parseChoice(c.req.valid("query"))), 200)
  })
  app.openapi(previewManifestRoute, async (c) => {
    const { name, digest } = c.req.valid("param")
    return c.json(await history.previewManifest(parseRepositoryName(name), parseDigest(digest)), 200)
  })
  app.openapi(previewRepositoryRoute, async (c) =>
    c.json(await history.previewRepository(parseRepositoryName(c.req.valid("param").name)), 200),
  )
  app.openapi(restoreManifestRoute, async (c) => {
    const { name, digest } = c.req.valid("param")
    const restored = await history.restoreManifest(c.get("context"), parseRepositoryName(name), parseDigest(digest))
    return c.json(restored, 200)
  })
  app.openapi(restoreRepositoryRoute, async (c) => {
    const repository = parseRepositoryName(c.req.valid("param").name)
    return c.json(await history.restoreRepository(c.get("context"), repository), 200)
  })
}

function parseChoice({ digest, at }: { digest?: string | undefined; at?: string | undefined }): TagChoice {
  if (digest !== undefined && at !== undefined)
    throw new RegistryError("REQUEST_INVALID", "request: give a digest or a time, not both")
  return {
    ...(digest !== undefined && { digest: parseDigest(digest) }),
    ...(at !== undefined && { at: parseTimestamp(at) }),
  }
}

function toView({ at, ...change }: TagChange): TagChangeView {
  return { ...change, at: new Date(at).toISOString() }
}
