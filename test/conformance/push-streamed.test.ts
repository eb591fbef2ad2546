import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, headerOf, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, EMPTY_DESCRIPTOR, imageManifest, randomBytes, toJsonBytes, type Bytes } from "./content.ts"
import { startUpload, withDigest, putManifest, pushBlob } from "./push.ts"

const repository = freshRepository("push-streamed")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

/** A body of unknown length, which HTTP/1.1 sends as chunked. */
function streamOf(content: Bytes, pieceSize = 1000): ReadableStream<Uint8Array> {
  let start = 0
  return new ReadableStream({
    async pull(controller) {
      if (start >= content.length) return controller.close()
      controller.enqueue(content.slice(start, (start += pieceSize)))
      await Bun.sleep(0)
    },
  })
}

async function expectPushed(response: Response, content: Bytes): Promise<void> {
  expect(response.status).toBe(201)
  expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
  expect(await bytesIn(await registry.send("GET", locationOf(response)))).toEqual(content)
}

describe("distribution-spec, Pushing blobs: bodies without Content-Length", () => {
  test("one streamed PATCH, as Docker sends it, then an empty PUT", async () => {
    const content = randomBytes(50_000)
    const location = await startUpload(registry, repository)
    const patched = await registry.send("PATCH", location, { body: streamOf(content) })
    expect(patched.status).toBe(202)
    expect(headerOf(patched, "range")).toBe("0-49999")
    const closing = await registry.send("PUT", withDigest(locationOf(patched), digestOf(content)))
    await expectPushed(closing, content)
  })

  test("a streamed PUT", async () => {
    const content = randomBytes(20_000)
    const location = await startUpload(registry, repository)
    const closing = await registry.send("PUT", withDigest(location, digestOf(content)), { body: streamOf(content) })
    await expectPushed(closing, content)
  })

  test("a streamed single POST", async () => {
    const content = randomBytes(20_000)
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(content)}`
    await expectPushed(await registry.send("POST", path, { body: streamOf(content) }), content)
  })

  test("a streamed PATCH with a Content-Range", async () => {
    const content = randomBytes(20_000)
    const location = await startUpload(registry, repository)
    const patched = await registry.send("PATCH", location, {
      headers: { "content-range": "0-19999" },
      body: streamOf(content),
    })
    expect(patched.status).toBe(202)
    const closing = await registry.send("PUT", withDigest(locationOf(patched), digestOf(content)))
    await expectPushed(closing, content)
  })

  test("a blob of several megabytes comes through unchanged", async () => {
    const content = randomBytes(5 * 1024 * 1024 + 7)
    const location = await startUpload(registry, repository)
    const closing = await registry.send("PUT", withDigest(location, digestOf(content)), {
      body: streamOf(content, 70_001),
    })
    expect(closing.status).toBe(201)
    const pulled = await bytesIn(await registry.send("GET", locationOf(closing)))
    expect(digestOf(pulled)).toBe(digestOf(content))
  })
})

describe("distribution-spec, Pushing Manifests: bodies without Content-Length", () => {
  test("a streamed manifest is taken, not answered 411", async () => {
    await pushBlob(registry, repository, toJsonBytes({}))
    const bytes = toJsonBytes(imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "application/vnd.example" }))
    const response = await putManifest(registry, `${repository}:streamed`, streamOf(bytes, 50))
    expect(response.status).toBe(201)
    expect(await bytesIn(await registry.send("GET", locationOf(response)))).toEqual(bytes)
  })
})
