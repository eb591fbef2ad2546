import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes, type Bytes } from "./content.ts"
import { pushBlob, pushImage, pushManifest, sendChunk, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("sha512")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function expectPushed(
  response: Response,
  content: Bytes,
  algorithm: "sha256" | "sha512" = "sha512",
): Promise<void> {
  const digest = digestOf(content, algorithm)
  expect(response.status).toBe(201)
  expect(response.headers.get("docker-content-digest")).toBe(digest)
  for (const location of [locationOf(response), `/v2/${repository}/blobs/${digest}`]) {
    const pulled = await registry.send("GET", location)
    expect(pulled.status).toBe(200)
    expect(pulled.headers.get("docker-content-digest")).toBe(digest)
    expect(await bytesIn(pulled)).toEqual(content)
  }
}

describe("distribution-spec, Pushing blobs: sha512 without a hint", () => {
  test("POST, then PUT", async () => {
    const content = randomBytes(2000)
    const location = await startUpload(registry, repository)
    const closing = await registry.send("PUT", withDigest(location, digestOf(content, "sha512")), { body: content })
    await expectPushed(closing, content)
  })

  test("single POST", async () => {
    const content = randomBytes(2000)
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(content, "sha512")}`
    await expectPushed(await registry.send("POST", path, { body: content }), content)
  })

  test("chunks", async () => {
    const content = randomBytes(2000)
    const first = await sendChunk(registry, await startUpload(registry, repository), 0, content.slice(0, 1200))
    const second = await sendChunk(registry, locationOf(first), 1200, content.slice(1200))
    const closing = await registry.send("PUT", withDigest(locationOf(second), digestOf(content, "sha512")))
    await expectPushed(closing, content)
  })

  test("an empty blob", async () => {
    const location = await startUpload(registry, repository)
    await expectPushed(await registry.send("PUT", withDigest(location, digestOf("", "sha512"))), new Uint8Array(0))
  })

  test("the same bytes may be pushed under both algorithms, each keeps its own digest", async () => {
    const content = randomBytes(500)
    for (const algorithm of ["sha256", "sha512"] as const) {
      const digest = await pushBlob(registry, repository, content, algorithm)
      const head = await registry.send("HEAD", `/v2/${repository}/blobs/${digest}`)
      expect(head.headers.get("docker-content-digest")).toBe(digest)
    }
  })

  test("a blob pushed as sha512 alone is not found as sha256 in a repository that never got that digest", async () => {
    const content = randomBytes(500)
    await pushBlob(registry, repository, content, "sha512")
    const head = await registry.send("HEAD", `/v2/${repository}/blobs/${digestOf(content)}`)
    if (head.status === 200) expect(head.headers.get("content-length")).toBe("500")
    else expect(head.status).toBe(404)
  })
})

describe("distribution-spec, digest-algorithm (end-4c)", () => {
  test.each(["sha256", "sha512"] as const)(
    "a session announced for sha512 may be closed with %s",
    async (algorithm) => {
      const content = randomBytes(2000)
      const opened = await startUpload(registry, repository, "?digest-algorithm=sha512")
      const patched = await sendChunk(registry, opened, 0, content)
      const closing = await registry.send("PUT", withDigest(locationOf(patched), digestOf(content, algorithm)))
      await expectPushed(closing, content, algorithm)
    },
  )
})

describe("distribution-spec, Pushing Manifests: sha512", () => {
  test("an image pushed by its sha512 digest is pulled by it, and reports it", async () => {
    const image = await pushImage(registry, repository, { algorithm: "sha512" })
    expect(image.response.headers.get("docker-content-digest")).toBe(image.digest)
    const pulled = await registry.send("GET", `/v2/${repository}/manifests/${image.digest}`)
    expect(pulled.headers.get("docker-content-digest")).toBe(image.digest)
    expect(await bytesIn(pulled)).toEqual(image.bytes)
  })

  test("a manifest pushed by tag with sha512 references is taken", async () => {
    const image = await pushImage(registry, repository, { algorithm: "sha512" })
    await pushManifest(registry, repository, image.manifest, { tag: "mixed" })
    const pulled = await registry.send("GET", `/v2/${repository}/manifests/mixed`)
    expect(await bytesIn(pulled)).toEqual(image.bytes)
    // The digest reported for a tag may be of either algorithm, but it must be the body's.
    const [algorithm] = (pulled.headers.get("docker-content-digest") ?? "").split(":")
    expect(pulled.headers.get("docker-content-digest")).toBe(
      digestOf(image.bytes, algorithm === "sha512" ? "sha512" : "sha256"),
    )
  })
})
