import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import { unknownDigest } from "./content.ts"
import { pushImage } from "./push.ts"

const repository = freshRepository("errors")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
  await pushImage(registry, repository, { tag: "v1" })
})
afterAll(() => registry.stop())

const FAILURES: [method: string, path: string, status: number, code: string][] = [
  ["GET", `/v2/${repository}/manifests/unknown`, 404, "MANIFEST_UNKNOWN"],
  ["GET", `/v2/${repository}/blobs/${unknownDigest()}`, 404, "BLOB_UNKNOWN"],
  ["GET", `/v2/${repository}/blobs/uploads/${crypto.randomUUID()}`, 404, "BLOB_UPLOAD_UNKNOWN"],
  ["GET", "/v2/conformance/never-pushed/tags/list", 404, "NAME_UNKNOWN"],
  ["GET", "/v2/UPPER/tags/list", 400, "NAME_INVALID"],
  ["POST", "/v2/UPPER/blobs/uploads/", 400, "NAME_INVALID"],
  ["GET", `/v2/${repository}/blobs/sha256:abc`, 400, "DIGEST_INVALID"],
  ["PUT", `/v2/${repository}/manifests/v1`, 400, "MANIFEST_INVALID"],
  ["POST", `/v2/${repository}/manifests/v1`, 405, "UNSUPPORTED"],
]

describe("distribution-spec, Error Codes", () => {
  test.each(FAILURES)("%s %s is %d %s", async (method, path, status, code) => {
    await expectError(await registry.send(method, path), status, code)
  })

  test.each(FAILURES)("%s %s: the body has the form of the spec, and just that", async (method, path) => {
    const response = await registry.send(method, path)
    expect(response.headers.get("content-type")).toBe("application/json")
    const body = (await response.json()) as { errors: Record<string, unknown>[] }
    expect(Object.keys(body)).toEqual(["errors"])
    expect(body.errors.length).toBeGreaterThan(0)
    for (const error of body.errors) {
      expect(error["code"]).toMatch(/^[A-Z_]+$/)
      expect(error["message"] ?? "").toBeString()
      expect(Object.keys(error)).toSatisfy((keys: string[]) =>
        keys.every((key) => ["code", "message", "detail"].includes(key)),
      )
    }
  })

  test("an error to HEAD has the status and no body", async () => {
    for (const [method, path, status] of FAILURES) {
      if (method !== "GET" || path.includes("uploads")) continue
      const response = await registry.send("HEAD", path)
      expect(response.status).toBe(status)
      expect(await response.text()).toBe("")
    }
  })

  test("an error is not to be cached as if it were content", async () => {
    const response = await registry.send("GET", `/v2/${repository}/blobs/${unknownDigest()}`)
    expect(response.headers.get("cache-control") ?? "").not.toContain("max-age=31536000")
    expect(response.headers.get("docker-content-digest")).toBeNull()
  })
})

describe("RFC 9110, section 15.5.6: a method that a resource does not have is 405 with Allow", () => {
  test.each([
    ["POST", `/v2/${repository}/manifests/v1`],
    ["PATCH", `/v2/${repository}/blobs/${unknownDigest()}`],
    ["DELETE", `/v2/${repository}/tags/list`],
    ["PUT", "/v2/_catalog"],
    ["DELETE", "/v2/"],
    ["POST", `/v2/${repository}/referrers/${unknownDigest()}`],
  ])("%s %s", async (method, path) => {
    const response = await registry.send(method, path)
    await expectError(response, 405, "UNSUPPORTED")
    expect(response.headers.get("allow")).toContain("GET")
  })
})
