import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import { bytesOf, digestOf, randomBytes, unknownDigest } from "./content.ts"
import { pushBlob } from "./push.ts"

const repository = freshRepository("pull-blobs")
const content = randomBytes(5000)
let registry: Registry
let path: string
beforeAll(async () => {
  registry = await startRegistry()
  path = `/v2/${repository}/blobs/${await pushBlob(registry, repository, content)}`
})
afterAll(() => registry.stop())

describe("distribution-spec, Pulling blobs (end-2)", () => {
  test("GET gives the blob, byte for byte", async () => {
    const response = await registry.send("GET", path)
    expect(response.status).toBe(200)
    expect(await bytesIn(response)).toEqual(content)
  })

  test.each(["GET", "HEAD"])("%s names the digest and the length", async (method) => {
    const response = await registry.send(method, path)
    expect(response.status).toBe(200)
    expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
    expect(response.headers.get("content-length")).toBe("5000")
    expect(response.headers.get("content-type")).toBe("application/octet-stream")
  })

  test("a blob is never sent with a content encoding", async () => {
    const response = await registry.send("GET", path, { headers: { "accept-encoding": "gzip, zstd" } })
    expect(response.headers.get("content-encoding")).toBeNull()
    expect(await bytesIn(response)).toEqual(content)
  })

  test.each([
    ["an empty blob", ""],
    ["the blob {}", "{}"],
  ])("%s has its Content-Length on GET and HEAD", async (_name, text) => {
    const digest = await pushBlob(registry, repository, bytesOf(text))
    for (const method of ["GET", "HEAD"]) {
      const response = await registry.send(method, `/v2/${repository}/blobs/${digest}`)
      expect(response.status).toBe(200)
      expect(response.headers.get("content-length")).toBe(String(text.length))
      expect(await response.text()).toBe(method === "GET" ? text : "")
    }
  })

  test("an unknown blob is 404", async () => {
    const missing = `/v2/${repository}/blobs/${unknownDigest()}`
    await expectError(await registry.send("GET", missing), 404, "BLOB_UNKNOWN")
    const head = await registry.send("HEAD", missing)
    expect(head.status).toBe(404)
    expect(await head.text()).toBe("")
  })

  test("a blob of a repository that does not exist is 404", async () => {
    expect((await registry.send("GET", `/v2/${freshRepository("missing")}/blobs/${digestOf(content)}`)).status).toBe(
      404,
    )
  })

  test("a blob is not found through a repository that does not have it", async () => {
    const other = freshRepository("other")
    await pushBlob(registry, other, randomBytes(10))
    await expectError(await registry.send("GET", `/v2/${other}/blobs/${digestOf(content)}`), 404, "BLOB_UNKNOWN")
  })
})

describe("distribution's caching headers", () => {
  test("a blob may be kept for a year", async () => {
    const response = await registry.send("GET", path)
    expect(response.headers.get("cache-control")).toContain("max-age=31536000")
    expect(response.headers.get("etag")).toBe(`"${digestOf(content)}"`)
  })
})
