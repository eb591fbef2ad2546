import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { MemoryLogger } from "../../adapters/logger/memory.ts"
import { newManifest, putBlob, referenceTo, tagsOf } from "../../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { Api } from "./call.ts"
import { openApi } from "./testing.ts"

const app = parseRepositoryName("team/app")

let metadata: Metadata
let api: Api
let readOnly: Api
let log: MemoryLogger

beforeEach(async () => {
  ;({ metadata, api, readOnly, log } = await openApi())
})
afterEach(() => metadata.close())

async function ask(path: string, method = "GET", target = api) {
  const answer = await target.fetch(new Request(`http://berth/api/v1${path}`, { method }))
  return { status: answer.status, type: answer.headers.get("Content-Type"), body: await answer.json() }
}

describe("a listing", () => {
  test("goes on behind the last entry, and ends without a next", async () => {
    for (const name of ["a", "b/c", "d"]) await metadata.manifests.put(newManifest(parseRepositoryName(name)))
    const first = await ask("/repositories?limit=2")
    expect(first.body).toMatchObject({ items: [{ name: "a" }, { name: "b/c" }], next: "b/c" })
    const second = await ask("/repositories?limit=2&after=b%2Fc")
    expect(second.body).toMatchObject({ items: [{ name: "d", lastPushedAt: null }] })
    expect(second.body).not.toHaveProperty("next")
  })

  test("of tags takes a name with slashes as %2F", async () => {
    await metadata.manifests.put(newManifest(app, { tags: tagsOf("a", "b") }))
    expect((await ask("/repositories/team%2Fapp/tags?limit=1")).body).toMatchObject({
      items: [{ name: "a" }],
      next: "a",
    })
  })
})

describe("a preview", () => {
  test("of an index says which manifests stay", async () => {
    const blob = await putBlob(metadata, app)
    const child = newManifest(app, { references: [referenceTo(blob)] })
    await metadata.manifests.put(child)
    const index = newManifest(app, { references: [referenceTo(child.digest, "manifest")], tags: tagsOf("a", "b") })
    await metadata.manifests.put(index)
    const named = `/repositories/team%2Fapp/manifests/${child.digest}/deletion-preview`
    expect((await ask(named)).body).toMatchObject({ childCount: 0, indexes: [index.digest] })
    expect((await ask("/repositories/team%2Fapp/tags/a/deletion-preview?withManifest=true")).body).toMatchObject({
      tagCount: 2,
      tags: ["a", "b"],
      manifestCount: 1,
      childCount: 1,
      blobCount: 0,
      freeableBytes: 0,
    })
    expect((await ask("/repositories/team%2Fapp/deletion-preview")).body).toEqual({
      tagCount: 2,
      tags: ["a", "b"],
      manifestCount: 2,
      deletedCount: 0,
      blobCount: 1,
      freeableBytes: 10,
    })
  })

  test("of a tag alone frees nothing, and changes nothing", async () => {
    const manifest = newManifest(app, { tags: tagsOf("a", "b") })
    await metadata.manifests.put(manifest)
    expect((await ask("/repositories/team%2Fapp/tags/a/deletion-preview")).body).toMatchObject({
      digest: manifest.digest,
      tagCount: 1,
      manifestCount: 0,
    })
    expect((await metadata.tags.list(app, { limit: 10 })).items).toEqual(tagsOf("a", "b"))
  })
})

describe("a refusal", () => {
  test.each([
    ["GET", "/nothing", 404, "ROUTE_UNKNOWN"],
    ["GET", "/repositories?limit=0", 400, "REQUEST_INVALID"],
    ["GET", "/repositories?limit=x", 400, "REQUEST_INVALID"],
    ["GET", "/repositories/UPPER/tags", 400, "NAME_INVALID"],
    ["GET", "/repositories/a%2F%2Fb/tags", 400, "NAME_INVALID"],
    ["GET", "/repositories/nobody/tags", 404, "NAME_UNKNOWN"],
    ["DELETE", "/repositories/nobody", 404, "NAME_UNKNOWN"],
    ["DELETE", "/repositories/team%2Fapp/tags/x", 404, "TAG_UNKNOWN"],
    ["DELETE", "/repositories/team%2Fapp/tags/x?withManifest=true&purge=true", 404, "TAG_UNKNOWN"],
    ["DELETE", "/repositories/team%2Fapp/tags/x?withManifest=perhaps", 400, "REQUEST_INVALID"],
    ["GET", "/events?endpoint=zzz", 404, "ENDPOINT_UNKNOWN"],
    ["GET", "/jobs/x/events", 404, "JOB_UNKNOWN"],
    ["POST", "/jobs/x/cancel", 404, "JOB_UNKNOWN"],
  ])("of %s %s is a problem document with %d", async (method, path, status, code) => {
    const answer = await ask(path, method)
    expect(answer).toMatchObject({
      status,
      type: "application/problem+json",
      body: { type: "about:blank", status, code },
    })
  })

  test.each([
    { body: "xx", status: 400, detail: "request: Malformed JSON in request body" },
    { body: "{}", status: 400, detail: "request: name either an endpoint or an id" },
    { body: '{"id":"a"}', status: 400, detail: "id: Invalid input: expected number, received string" },
    { body: '{"id":1}', type: "text/plain", status: 415, detail: "the body's Content-Type is not application/json" },
  ])(
    "of the body $body is no failure of ours: $detail",
    async ({ body, type = "application/json", status, detail }) => {
      const headers = { "Content-Type": type }
      const request = new Request("http://berth/api/v1/events/replay", { method: "POST", headers, body })
      const answer = await api.fetch(request)
      const code = status === 415 ? "MEDIA_TYPE_UNSUPPORTED" : "REQUEST_INVALID"
      expect(await answer.json()).toMatchObject({ status, code, detail })
      expect(answer.status).toBe(status)
      expect(log.messages("error")).toEqual([])
    },
  )

  test("is in the log with the id that it quotes, and who asked", async () => {
    const { body } = await ask("/repositories/nobody", "DELETE")
    const { requestId } = body as { requestId: string }
    await ask("/repositories/nobody", "DELETE", readOnly)
    expect(log.fields("a command")).toMatchObject([
      { method: "DELETE", status: 404, actor: "operator", requestId },
      { method: "DELETE", status: 405, actor: "operator" },
    ])
  })

  test("in read-only mode is for what changes something", async () => {
    await metadata.manifests.put(newManifest(app, { tags: tagsOf("a") }))
    expect(await ask("/repositories/team%2Fapp", "DELETE", readOnly)).toMatchObject({ body: { code: "READ_ONLY" } })
    expect(await ask("/repositories/team%2Fapp/tags/a", "DELETE", readOnly)).toMatchObject({ status: 405 })
    expect(await ask("/events/replay", "POST", readOnly)).toMatchObject({ status: 405 })
    expect(await ask("/repositories", "GET", readOnly)).toMatchObject({ status: 200 })
    expect(await ask("/exports", "POST", readOnly)).toMatchObject({ status: 202 })
    expect(await ask("/adoption", "POST", readOnly)).toMatchObject({ status: 202 })
    expect(await ask("/jobs/x/cancel", "POST", readOnly)).toMatchObject({ status: 404 })
  })
})

test("the description names every route", async () => {
  const { body } = await ask("/openapi.json")
  const { paths } = body as { paths: Record<string, object> }
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  )
  const served = api.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`)
  const undescribed = ["GET /api/v1/version", "GET /api/v1/openapi.json"]
  expect([...described, ...undescribed].sort()).toEqual([...new Set(served)].sort())
})
