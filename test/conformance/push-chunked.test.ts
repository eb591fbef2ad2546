import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, headerOf, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes, type Bytes } from "./content.ts"
import { sendChunk, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("push-chunked")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function expectPushed(response: Response, content: Bytes): Promise<void> {
  expect(response.status).toBe(201)
  expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
  const pulled = await registry.send("GET", locationOf(response))
  expect(pulled.status).toBe(200)
  expect(await bytesIn(pulled)).toEqual(content)
}

/** Sends all chunks of the given size but what remains beyond `until`; gives the newest Location. */
async function sendChunks(content: Bytes, size: number, until = content.length): Promise<string> {
  let location = await startUpload(registry, repository)
  for (let start = 0; start < until; start += size) {
    const response = await sendChunk(registry, location, start, content.slice(start, Math.min(start + size, until)))
    expect(response.status).toBe(202)
    location = locationOf(response)
  }
  return location
}

function putLastChunk(location: string, content: Bytes, start: number): Promise<Response> {
  return registry.send("PUT", withDigest(location, digestOf(content)), {
    headers: { "content-type": "application/octet-stream", "content-range": `${start}-${content.length - 1}` },
    body: content.slice(start),
  })
}

describe("distribution-spec, Pushing a blob in chunks (end-5, end-6)", () => {
  test("a chunk is answered 202 with Location and the Range received so far", async () => {
    const content = randomBytes(2048)
    const location = await startUpload(registry, repository)
    const first = await sendChunk(registry, location, 0, content.slice(0, 1024))
    expect(first.status).toBe(202)
    expect(headerOf(first, "range")).toBe("0-1023")
    const second = await sendChunk(registry, locationOf(first), 1024, content.slice(1024))
    expect(second.status).toBe(202)
    expect(headerOf(second, "range")).toBe("0-2047")
  })

  test("one chunk, closed by an empty PUT", async () => {
    const content = randomBytes(2048)
    const location = await sendChunks(content, 2048)
    await expectPushed(await registry.send("PUT", withDigest(location, digestOf(content))), content)
  })

  test("many chunks, closed by an empty PUT", async () => {
    const content = randomBytes(10_500)
    const location = await sendChunks(content, 1024)
    await expectPushed(await registry.send("PUT", withDigest(location, digestOf(content))), content)
  })

  test("many chunks, the last one in the closing PUT", async () => {
    const content = randomBytes(10_500)
    const location = await sendChunks(content, 2000, 10_000)
    await expectPushed(await putLastChunk(location, content, 10_000), content)
  })

  test("the closing PUT may hold the last chunk without naming its range", async () => {
    const content = randomBytes(3000)
    const location = await sendChunks(content, 2000, 2000)
    const closing = await registry.send("PUT", withDigest(location, digestOf(content)), { body: content.slice(2000) })
    await expectPushed(closing, content)
  })

  test("chunks may be sent without Content-Range", async () => {
    const content = randomBytes(2000)
    const location = await startUpload(registry, repository)
    const first = await registry.send("PATCH", location, { body: content.slice(0, 1500) })
    expect(headerOf(first, "range")).toBe("0-1499")
    const second = await registry.send("PATCH", locationOf(first), { body: content.slice(1500) })
    expect(headerOf(second, "range")).toBe("0-1999")
    const closing = await registry.send("PUT", withDigest(locationOf(second), digestOf(content)))
    await expectPushed(closing, content)
  })

  test("the final chunk may have any length, one byte too", async () => {
    const content = randomBytes(1025)
    const location = await sendChunks(content, 1024)
    await expectPushed(await registry.send("PUT", withDigest(location, digestOf(content))), content)
  })

  test("a session that got no byte at all is closed as an empty blob", async () => {
    const location = await startUpload(registry, repository)
    await expectPushed(await registry.send("PUT", withDigest(location, digestOf(""))), new Uint8Array(0))
  })
})

describe("distribution-spec, Pushing a blob in chunks: OCI-Chunk-Min-Length", () => {
  test("Berth names a least length of chunks on POST and takes shorter ones all the same", async () => {
    const opened = await registry.send("POST", `/v2/${repository}/blobs/uploads/`)
    expect(headerOf(opened, "oci-chunk-min-length")).toMatch(/^[0-9]+$/)
    const content = randomBytes(3)
    const first = await sendChunk(registry, locationOf(opened), 0, content.slice(0, 1))
    expect(first.status).toBe(202)
    const second = await sendChunk(registry, locationOf(first), 1, content.slice(1))
    expect(second.status).toBe(202)
    await expectPushed(await registry.send("PUT", withDigest(locationOf(second), digestOf(content))), content)
  })
})
