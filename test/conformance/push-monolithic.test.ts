import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import { bytesOf, digestOf, randomBytes, type Bytes } from "./content.ts"
import { pushBlob, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("push-monolithic")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function expectPullable(location: string, content: Bytes): Promise<void> {
  const pulled = await registry.send("GET", location)
  expect(pulled.status).toBe(200)
  expect(await bytesIn(pulled)).toEqual(content)
  expect(pulled.headers.get("docker-content-digest")).toBe(digestOf(content))
}

function postWhole(content: Bytes, digest = digestOf(content)): Promise<Response> {
  return registry.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    headers: { "content-type": "application/octet-stream" },
    body: content,
  })
}

describe("distribution-spec, POST then PUT (end-4a, end-6)", () => {
  test("POST opens a session: 202, a Location with its id, no body", async () => {
    const response = await registry.send("POST", `/v2/${repository}/blobs/uploads/`)
    expect(response.status).toBe(202)
    expect(locationOf(response)).toContain(`/v2/${repository}/blobs/uploads/`)
    expect(await response.text()).toBe("")
  })

  test("each session has an id of its own", async () => {
    const first = await startUpload(registry, repository)
    expect(await startUpload(registry, repository)).not.toBe(first)
  })

  test("PUT of the whole blob is 201, with a Location from which it is pulled", async () => {
    const content = randomBytes(3000)
    const location = await startUpload(registry, repository)
    const response = await registry.send("PUT", withDigest(location, digestOf(content)), {
      headers: { "content-type": "application/octet-stream" },
      body: content,
    })
    expect(response.status).toBe(201)
    expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
    await expectPullable(locationOf(response), content)
  })

  test("PUT needs no Content-Type", async () => {
    const content = randomBytes(100)
    const location = await startUpload(registry, repository)
    expect((await registry.send("PUT", withDigest(location, digestOf(content)), { body: content })).status).toBe(201)
  })

  test("an empty blob is pushed", async () => {
    await pushBlob(registry, repository, bytesOf(""))
    await expectPullable(`/v2/${repository}/blobs/${digestOf("")}`, bytesOf(""))
  })

  test("a blob that is there already is pushed again", async () => {
    const content = randomBytes(100)
    await pushBlob(registry, repository, content)
    await pushBlob(registry, repository, content)
    await expectPullable(`/v2/${repository}/blobs/${digestOf(content)}`, content)
  })

  test("two pushes of one blob at the same time both succeed", async () => {
    const content = randomBytes(200_000)
    const other = freshRepository("push-monolithic")
    await Promise.all([repository, repository, other].map((name) => pushBlob(registry, name, content)))
    await expectPullable(`/v2/${repository}/blobs/${digestOf(content)}`, content)
    await expectPullable(`/v2/${other}/blobs/${digestOf(content)}`, content)
  })

  test("a finished session is gone", async () => {
    const content = randomBytes(10)
    const location = await startUpload(registry, repository)
    await registry.send("PUT", withDigest(location, digestOf(content)), { body: content })
    expect((await registry.send("GET", location)).status).toBe(404)
  })
})

describe("distribution-spec, Single POST (end-4b)", () => {
  test("POST with digest and body is 201, with a Location from which the blob is pulled", async () => {
    const content = randomBytes(3000)
    const response = await postWhole(content)
    expect(response.status).toBe(201)
    expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
    await expectPullable(locationOf(response), content)
  })

  test("an empty blob is pushed by a single POST", async () => {
    const response = await postWhole(bytesOf(""))
    expect(response.status).toBe(201)
    await expectPullable(locationOf(response), bytesOf(""))
  })

  test("a single POST whose digest is wrong stores nothing", async () => {
    const content = randomBytes(100)
    const claimed = digestOf(randomBytes(100))
    expect((await postWhole(content, claimed)).status).toBe(400)
    for (const digest of [claimed, digestOf(content)]) {
      expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digest}`)).status).toBe(404)
    }
  })
})
