import { expect, test } from "bun:test"
import { createRoutes, type RouteDependencies } from "./routes.ts"

// Kept by hand, apart from the routes: whoever adds or changes one says here who may use it.
const RIGHTS = {
  root: { GET: "public", HEAD: "public" },
  base: { GET: "login", HEAD: "login" },
  catalog: { GET: "catalog", HEAD: "catalog" },
  extensions: { GET: "login", HEAD: "login" },
  "repository-extensions": { GET: "pull", HEAD: "pull" },
  "v1-ping": { GET: "public", HEAD: "public" },
  "v1-search": { GET: "search", HEAD: "search" },
  tags: { GET: "pull", HEAD: "pull" },
  referrers: { GET: "pull", HEAD: "pull" },
  manifest: { GET: "pull", HEAD: "pull", PUT: "push", DELETE: "delete" },
  blob: { GET: "pull", HEAD: "pull", DELETE: "delete" },
  uploads: { POST: "push" },
  upload: { GET: "pull", HEAD: "pull", PATCH: "push", PUT: "push", DELETE: "cancel" },
}

// No handler is called, so that none of the services is needed.
const limits = { ranges: 1, manifestBytes: 1, catalogEntries: 1, tags: 1 }
const routes = createRoutes({ limits } as RouteDependencies)

test("every route and method needs the right that is written here, and there are no others", () => {
  const rights = Object.entries(routes).map(([kind, methods]) => [
    kind,
    Object.fromEntries(Object.entries(methods).map(([method, [right]]) => [method, right])),
  ])
  expect(Object.fromEntries(rights)).toEqual(RIGHTS)
})
