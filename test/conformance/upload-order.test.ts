import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, expectError, freshRepository, headerOf, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes, unknownDigest, type Bytes } from "./content.ts"
import { sendChunk, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("upload-order")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

/** A session that holds the first 1000 bytes of `content`. */
async function startWithThousand(content: Bytes): Promise<string> {
  const response = await sendChunk(registry, await startUpload(registry, repository), 0, content.slice(0, 1000))
  expect(response.status).toBe(202)
  return locationOf(response)
}

async function expectOffset(location: string, range: string): Promise<string> {
  const status = await registry.send("GET", location)
  expect(status.status).toBe(204)
  expect(headerOf(status, "range")).toBe(range)
  return locationOf(status)
}

async function finish(location: string, content: Bytes): Promise<void> {
  const patched = await sendChunk(registry, location, 1000, content.slice(1000))
  expect(patched.status).toBe(202)
  const closing = await registry.send("PUT", withDigest(locationOf(patched), digestOf(content)))
  expect(closing.status).toBe(201)
  expect(await bytesIn(await registry.send("GET", locationOf(closing)))).toEqual(content)
}

describe("distribution-spec, Pushing a blob in chunks: order (416)", () => {
  test.each([
    ["leaves a gap", 1500],
    ["overlaps", 500],
    ["starts at 0 again", 0],
  ])("a PATCH that %s is 416, stores nothing and keeps the session", async (_name, start) => {
    const content = randomBytes(2000)
    const location = await startWithThousand(content)
    const refused = await sendChunk(registry, location, start, randomBytes(500))
    await expectError(refused, 416, "RANGE_INVALID")
    expect(headerOf(refused, "range")).toBe("0-999")
    await finish(await expectOffset(locationOf(refused), "0-999"), content)
  })

  test("a first chunk that does not begin at 0 is 416", async () => {
    const location = await startUpload(registry, repository)
    const refused = await sendChunk(registry, location, 10, randomBytes(100))
    await expectError(refused, 416, "RANGE_INVALID")
    expect((await registry.send("GET", location)).status).toBe(204)
  })

  test("a closing PUT whose chunk is out of order is 416 and keeps the session", async () => {
    const content = randomBytes(2000)
    const closing = withDigest(await startWithThousand(content), digestOf(content))
    const refused = await registry.send("PUT", closing, {
      headers: { "content-range": "1500-1999" },
      body: content.slice(1500),
    })
    expect(refused.status).toBe(416)
    // The official program asks for the status at the very URL of the refused PUT, its digest still on it.
    await finish(await expectOffset(closing, "0-999"), content)
  })

  test("order is looked at before the digest: a wrong digest out of order leaves the session alone", async () => {
    const content = randomBytes(2000)
    const location = await startWithThousand(content)
    const refused = await registry.send("PUT", withDigest(location, unknownDigest()), {
      headers: { "content-range": "0-999" },
      body: content.slice(0, 1000),
    })
    expect(refused.status).toBe(416)
    await finish(await expectOffset(location, "0-999"), content)
  })
})
