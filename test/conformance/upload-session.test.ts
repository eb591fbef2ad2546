import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, expectError, freshRepository, headerOf, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes } from "./content.ts"
import { sendChunk, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("upload-session")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

describe("distribution-spec, Pushing a blob in chunks: status (end-13)", () => {
  test("the status of a new session is 204 with Location, Range 0-0 and no body", async () => {
    const location = await startUpload(registry, repository)
    const response = await registry.send("GET", location)
    expect(response.status).toBe(204)
    expect(headerOf(response, "range")).toBe("0-0")
    expect(locationOf(response)).toContain(`/v2/${repository}/blobs/uploads/`)
    expect(await response.text()).toBe("")
  })

  test("the status names the last byte received", async () => {
    const patched = await sendChunk(registry, await startUpload(registry, repository), 0, randomBytes(1234))
    const response = await registry.send("GET", locationOf(patched))
    expect(response.status).toBe(204)
    expect(headerOf(response, "range")).toBe("0-1233")
  })

  test("the status is to be had at any Location the session ever gave", async () => {
    const opened = await startUpload(registry, repository)
    const patched = await sendChunk(registry, opened, 0, randomBytes(10))
    for (const location of [opened, locationOf(patched)]) {
      expect(headerOf(await registry.send("GET", location), "range")).toBe("0-9")
    }
  })

  test("an upload goes on at the place that its status names", async () => {
    const content = randomBytes(4000)
    const patched = await sendChunk(registry, await startUpload(registry, repository), 0, content.slice(0, 1500))
    const status = await registry.send("GET", locationOf(patched))
    const offset = Number(headerOf(status, "range").split("-")[1]) + 1
    const rest = await sendChunk(registry, locationOf(status), offset, content.slice(offset))
    const closing = await registry.send("PUT", withDigest(locationOf(rest), digestOf(content)))
    expect(closing.status).toBe(201)
    expect(await bytesIn(await registry.send("GET", locationOf(closing)))).toEqual(content)
  })

  test("two sessions do not see one another's bytes", async () => {
    const [first, second] = await Promise.all([startUpload(registry, repository), startUpload(registry, repository)])
    await sendChunk(registry, first, 0, randomBytes(100))
    expect(headerOf(await registry.send("GET", second), "range")).toBe("0-0")
  })
})

describe("distribution-spec, Cancel a blob upload (end-14)", () => {
  test("DELETE is 204, and the session is gone", async () => {
    const content = randomBytes(100)
    const patched = await sendChunk(registry, await startUpload(registry, repository), 0, content)
    const location = locationOf(patched)
    const response = await registry.send("DELETE", location)
    expect(response.status).toBe(204)
    expect(await response.text()).toBe("")
    await expectError(await registry.send("GET", location), 404, "BLOB_UPLOAD_UNKNOWN")
    await expectError(await sendChunk(registry, location, 100, content), 404, "BLOB_UPLOAD_UNKNOWN")
    const closing = await registry.send("PUT", withDigest(location, digestOf(content)))
    await expectError(closing, 404, "BLOB_UPLOAD_UNKNOWN")
    expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digestOf(content)}`)).status).toBe(404)
  })

  test("a new session that got nothing can be cancelled", async () => {
    expect((await registry.send("DELETE", await startUpload(registry, repository))).status).toBe(204)
  })

  test("a session can be cancelled once", async () => {
    const location = await startUpload(registry, repository)
    await registry.send("DELETE", location)
    await expectError(await registry.send("DELETE", location), 404, "BLOB_UPLOAD_UNKNOWN")
  })
})

describe("distribution's upload headers", () => {
  test("POST, PATCH and GET name the session in Docker-Upload-UUID", async () => {
    const opened = await registry.send("POST", `/v2/${repository}/blobs/uploads/`)
    const id = headerOf(opened, "docker-upload-uuid")
    expect(id).not.toBe("")
    expect(locationOf(opened)).toContain(id)
    expect(headerOf(opened, "range")).toBe("0-0")
    expect(headerOf(opened, "content-length")).toBe("0")
    const patched = await sendChunk(registry, locationOf(opened), 0, randomBytes(10))
    expect(headerOf(patched, "docker-upload-uuid")).toBe(id)
    expect(headerOf(await registry.send("GET", locationOf(patched)), "docker-upload-uuid")).toBe(id)
  })

  test("a _state in the query, as distribution's clients send it back, is ignored", async () => {
    const location = await startUpload(registry, repository)
    const stateful = `${location}${location.includes("?") ? "&" : "?"}_state=bm90aGluZw`
    expect((await sendChunk(registry, stateful, 0, randomBytes(10))).status).toBe(202)
  })
})
