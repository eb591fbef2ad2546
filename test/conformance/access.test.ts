import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createRoutes, type RouteDependencies } from "../../src/http/distribution/routes.ts"
import type { RouteKind } from "../../src/http/distribution/route.ts"
import { createRegistry, expectError, headerOf, withBasicAuth, type Registry } from "./client.ts"
import { unknownDigest } from "./content.ts"
import { htpasswdLine, startProtected, type ProtectedBerth } from "./htpasswd.ts"

const PUBLIC: ReadonlySet<string> = new Set<RouteKind>(["root", "v1-ping"])

const PATHS: Record<RouteKind, string[]> = {
  root: ["/"],
  base: ["/v2/", "/v2"],
  catalog: ["/v2/_catalog"],
  extensions: ["/v2/_oci/ext/discover"],
  "repository-extensions": ["/v2/team/app/_oci/ext/discover"],
  "v1-ping": ["/v1/_ping"],
  "v1-search": ["/v1/search?q=a"],
  tags: ["/v2/team/app/tags/list"],
  referrers: [`/v2/team/app/referrers/${unknownDigest()}`],
  manifest: ["/v2/team/app/manifests/latest", `/v2/team/app/manifests/${unknownDigest()}`],
  blob: [`/v2/team/app/blobs/${unknownDigest()}`],
  uploads: ["/v2/team/app/blobs/uploads/", "/v2/team/app/blobs/uploads", "/v2/NOT-A-NAME/blobs/uploads/"],
  upload: [`/v2/team/app/blobs/uploads/${crypto.randomUUID()}`],
}

// No handler is called: the table alone is of interest, so that a route that is added is tried as well.
const limits = { ranges: 1, manifestBytes: 1, catalogEntries: 1, tags: 1 }
const requests = Object.entries(createRoutes({ limits } as RouteDependencies)).flatMap(([kind, methods]) =>
  Object.keys(methods).flatMap((method) =>
    PATHS[kind as RouteKind].map((path) => ({ method, path, isPublic: PUBLIC.has(kind) })),
  ),
)
const closed = requests.filter(({ isPublic }) => !isPublic)
const open = requests.filter(({ isPublic }) => isPublic)

let server: ProtectedBerth
let registry: Registry
beforeAll(async () => {
  server = await startProtected(await htpasswdLine("alice", "secret"))
  registry = createRegistry(server.berth.url)
})
afterAll(() => server[Symbol.asyncDispose]())

async function expectChallenge(response: Response, method: string): Promise<void> {
  expect(response.status).toBe(401)
  expect(headerOf(response, "www-authenticate")).toBe('Basic realm="Registry"')
  if (method === "HEAD") expect(await response.text()).toBe("")
  else await expectError(response, 401, "UNAUTHORIZED")
}

describe("a registry with a file of passwords", () => {
  test.each(closed)("answers $method $path without credentials with a challenge", async ({ method, path }) => {
    await expectChallenge(await registry.send(method, path), method)
  })

  test.each(closed)("answers $method $path with a wrong password with a challenge", async ({ method, path }) => {
    await expectChallenge(await registry.send(method, path, { headers: { authorization: "Basic YTpi" } }), method)
  })

  test("answers of a user that is not there what it answers of a wrong password, to the letter", async () => {
    const ask = async (user: string) => {
      const response = await withBasicAuth(registry, user, "wrong").send("GET", "/v2/team/app/tags/list")
      const headers = [...response.headers].filter(([name]) => name !== "date" && !name.includes("request-id"))
      return { status: response.status, headers, body: await response.text() }
    }
    const known = await ask("alice")
    expect(known.status).toBe(401)
    expect(await ask("nobody")).toEqual(known)
  })

  test.each(closed)("knows the route $method $path once it knows who asks", async ({ method, path }) => {
    const response = await withBasicAuth(registry, "alice", "secret").send(method, path)
    expect(response.status).not.toBeOneOf([401, 403, 405, 429])
    expect(response.status).toBeLessThan(500)
    await response.arrayBuffer()
  })

  test.each(open)("answers $method $path to everybody", async ({ method, path }) => {
    expect((await registry.send(method, path)).status).toBe(200)
  })

  test("has the two open routes, and no more", () => {
    expect([...new Set(open.map(({ path }) => path))].toSorted()).toEqual(["/", "/v1/_ping"])
  })
})
