import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectError, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes, unknownDigest } from "./content.ts"
import { sendChunk, startUpload, withDigest } from "./push.ts"

const repository = freshRepository("wrong-digest")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function expectAbsent(...digests: string[]): Promise<void> {
  for (const digest of digests) {
    expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digest}`)).status).toBe(404)
  }
}

describe("distribution-spec, Pushing blobs: a digest that does not match is 400", () => {
  test.each(["sha256", "sha512"] as const)("on a POST, then PUT (%s); the session ends", async (algorithm) => {
    const content = randomBytes(1000)
    const claimed = unknownDigest(algorithm)
    const location = await startUpload(registry, repository)
    const refused = await registry.send("PUT", withDigest(location, claimed), { body: content })
    await expectError(refused, 400, "DIGEST_INVALID")
    await expectAbsent(claimed, digestOf(content, algorithm))
    expect((await registry.send("GET", location)).status).toBe(404)
  })

  test("on a single POST", async () => {
    const content = randomBytes(1000)
    const claimed = unknownDigest()
    const path = `/v2/${repository}/blobs/uploads/?digest=${claimed}`
    await expectError(await registry.send("POST", path, { body: content }), 400, "DIGEST_INVALID")
    await expectAbsent(claimed, digestOf(content))
  })

  test("on an empty PUT after a chunk", async () => {
    const content = randomBytes(1000)
    const claimed = unknownDigest()
    const patched = await sendChunk(registry, await startUpload(registry, repository), 0, content)
    const closing = await registry.send("PUT", withDigest(locationOf(patched), claimed))
    await expectError(closing, 400, "DIGEST_INVALID")
    await expectAbsent(claimed, digestOf(content))
  })

  test("on a PUT that holds the last chunk", async () => {
    const content = randomBytes(1000)
    const claimed = unknownDigest()
    const patched = await sendChunk(registry, await startUpload(registry, repository), 0, content.slice(0, 600))
    const closing = await registry.send("PUT", withDigest(locationOf(patched), claimed), {
      headers: { "content-range": "600-999" },
      body: content.slice(600),
    })
    await expectError(closing, 400, "DIGEST_INVALID")
    await expectAbsent(claimed, digestOf(content))
  })
})

describe("distribution-spec, Pushing blobs: a digest that is none, or of an unknown algorithm, is 400", () => {
  test.each(["sha256:abc", "nonsense", "", "md5:d41d8cd98f00b204e9800998ecf8427e", `sha999:${"a".repeat(64)}`])(
    "the closing PUT with %p is 400, and the session lives on",
    async (digest) => {
      const content = randomBytes(100)
      const patched = await sendChunk(registry, await startUpload(registry, repository), 0, content)
      const refused = await registry.send("PUT", withDigest(locationOf(patched), digest))
      await expectError(refused, 400, "DIGEST_INVALID")
      const closing = await registry.send("PUT", withDigest(locationOf(patched), digestOf(content)))
      expect(closing.status).toBe(201)
    },
  )

  test("a single POST with such a digest is 400", async () => {
    const path = `/v2/${repository}/blobs/uploads/?digest=sha256:abc`
    await expectError(await registry.send("POST", path, { body: randomBytes(10) }), 400, "DIGEST_INVALID")
  })
})
