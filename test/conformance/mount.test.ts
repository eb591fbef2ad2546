import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes, unknownDigest } from "./content.ts"
import { pushBlob, withDigest } from "./push.ts"

const source = freshRepository("mount-source")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

function mount(repository: string, digest: string, from?: string): Promise<Response> {
  const origin = from === undefined ? "" : `&from=${encodeURIComponent(from)}`
  return registry.send("POST", `/v2/${repository}/blobs/uploads/?mount=${digest}${origin}`)
}

describe("distribution-spec, Mounting a blob from another repository (end-11)", () => {
  test.each(["sha256", "sha512"] as const)(
    "a mount is 201, and the blob is pulled from its Location (%s)",
    async (algorithm) => {
      const content = randomBytes(1000)
      const digest = await pushBlob(registry, source, content, algorithm)
      const response = await mount(freshRepository("mount"), digest, source)
      expect(response.status).toBe(201)
      expect(response.headers.get("docker-content-digest")).toBe(digest)
      const pulled = await registry.send("GET", locationOf(response))
      expect(pulled.status).toBe(200)
      expect(pulled.headers.get("docker-content-digest")).toBe(digest)
      expect(await bytesIn(pulled)).toEqual(content)
    },
  )

  test("the Location is in the repository that the blob was mounted into", async () => {
    const digest = await pushBlob(registry, source, randomBytes(10))
    const target = freshRepository("mount")
    expect(locationOf(await mount(target, digest, source))).toEndWith(`/v2/${target}/blobs/${digest}`)
  })

  test("a blob can be mounted twice, and into its own repository", async () => {
    const digest = await pushBlob(registry, source, randomBytes(10))
    const target = freshRepository("mount")
    for (const repository of [target, target, source]) {
      expect((await mount(repository, digest, source)).status).toBe(201)
    }
  })

  test("a mount without from finds the blob in a repository that the caller may read", async () => {
    const content = randomBytes(1000)
    const digest = await pushBlob(registry, source, content)
    const response = await mount(freshRepository("mount"), digest)
    expect(response.status).toBe(201)
    expect(await bytesIn(await registry.send("GET", locationOf(response)))).toEqual(content)
  })

  test("a mount of a blob that nobody has opens a session, which takes the blob", async () => {
    const content = randomBytes(1000)
    for (const from of [source, freshRepository("missing"), undefined]) {
      const response = await mount(freshRepository("mount"), digestOf(content), from)
      expect(response.status).toBe(202)
      expect(locationOf(response)).toContain("/blobs/uploads/")
    }
    const opened = await mount(freshRepository("mount"), digestOf(content), source)
    const closing = await registry.send("PUT", withDigest(locationOf(opened), digestOf(content)), { body: content })
    expect(closing.status).toBe(201)
    expect(await bytesIn(await registry.send("GET", locationOf(closing)))).toEqual(content)
  })

  // The spec would allow 201 here too; Berth looks only where it was told to.
  test("a mount from a repository that does not have the blob opens a session, though another has it", async () => {
    const digest = await pushBlob(registry, source, randomBytes(10))
    const without = freshRepository("without")
    await pushBlob(registry, without, randomBytes(10))
    expect((await mount(freshRepository("mount"), digest, without)).status).toBe(202)
  })

  test("a refused mount links nothing", async () => {
    const target = freshRepository("mount")
    const digest = unknownDigest()
    await mount(target, digest, source)
    expect((await registry.send("HEAD", `/v2/${target}/blobs/${digest}`)).status).toBe(404)
  })
})
