import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import { indexManifest, randomBytes, unknownDigest } from "./content.ts"
import { pushBlob, pushImage, pushManifest } from "./push.ts"

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function statusOf(path: string, method = "GET"): Promise<number> {
  return (await registry.send(method, path)).status
}

describe("distribution-spec, Deleting tags (end-9)", () => {
  test("DELETE of a tag is 202; the tag is 404 at once, the manifest and its other tags stay", async () => {
    const repository = freshRepository("delete-tag")
    const image = await pushImage(registry, repository, { tag: "gone" })
    await pushManifest(registry, repository, image.manifest, { tag: "kept" })
    expect(await statusOf(`/v2/${repository}/manifests/gone`, "DELETE")).toBe(202)
    expect(await statusOf(`/v2/${repository}/manifests/gone`)).toBe(404)
    expect(await statusOf(`/v2/${repository}/manifests/gone`, "HEAD")).toBe(404)
    expect(await statusOf(`/v2/${repository}/manifests/kept`)).toBe(200)
    expect(await statusOf(`/v2/${repository}/manifests/${image.digest}`)).toBe(200)
    const list = await registry.send("GET", `/v2/${repository}/tags/list`)
    expect(await list.json()).toEqual({ name: repository, tags: ["kept"] })
  })

  test("a manifest stays when its last tag is deleted, and the tag can be made again", async () => {
    const repository = freshRepository("delete-tag")
    const image = await pushImage(registry, repository, { tag: "only" })
    expect(await statusOf(`/v2/${repository}/manifests/only`, "DELETE")).toBe(202)
    expect(await statusOf(`/v2/${repository}/manifests/${image.digest}`)).toBe(200)
    await pushManifest(registry, repository, image.manifest, { tag: "only" })
    expect(await statusOf(`/v2/${repository}/manifests/only`)).toBe(200)
  })

  test("an unknown tag is 404, a tag deleted before too", async () => {
    const repository = freshRepository("delete-tag")
    await pushImage(registry, repository, { tag: "v1" })
    await expectError(await registry.send("DELETE", `/v2/${repository}/manifests/unknown`), 404, "MANIFEST_UNKNOWN")
    await registry.send("DELETE", `/v2/${repository}/manifests/v1`)
    expect(await statusOf(`/v2/${repository}/manifests/v1`, "DELETE")).toBe(404)
  })
})

describe("distribution-spec, Deleting Manifests (end-9)", () => {
  test("DELETE of a digest is 202; the digest and every tag that named it are 404 at once", async () => {
    const repository = freshRepository("delete-manifest")
    const image = await pushImage(registry, repository, { tag: "a" })
    await pushManifest(registry, repository, image.manifest, { tag: "b" })
    const other = await pushImage(registry, repository, { tag: "other" })
    expect(await statusOf(`/v2/${repository}/manifests/${image.digest}`, "DELETE")).toBe(202)
    for (const reference of [image.digest, "a", "b"]) {
      expect(await statusOf(`/v2/${repository}/manifests/${reference}`)).toBe(404)
      expect(await statusOf(`/v2/${repository}/manifests/${reference}`, "HEAD")).toBe(404)
    }
    expect(await statusOf(`/v2/${repository}/manifests/${other.digest}`)).toBe(200)
    const list = await registry.send("GET", `/v2/${repository}/tags/list`)
    expect(await list.json()).toEqual({ name: repository, tags: ["other"] })
  })

  test("another repository's copy stays", async () => {
    const [first, second] = [freshRepository("delete-manifest"), freshRepository("delete-manifest")]
    const image = await pushImage(registry, first, { tag: "v1" })
    await pushBlob(registry, second, image.config)
    await pushBlob(registry, second, image.layer)
    await pushManifest(registry, second, image.manifest, { tag: "v1" })
    expect(await statusOf(`/v2/${first}/manifests/${image.digest}`, "DELETE")).toBe(202)
    expect(await statusOf(`/v2/${second}/manifests/v1`)).toBe(200)
  })

  test("deleting an index leaves its children", async () => {
    const repository = freshRepository("delete-manifest")
    const image = await pushImage(registry, repository)
    const index = await pushManifest(registry, repository, indexManifest([image.descriptor]))
    expect(await statusOf(`/v2/${repository}/manifests/${index.digest}`, "DELETE")).toBe(202)
    expect(await statusOf(`/v2/${repository}/manifests/${image.digest}`)).toBe(200)
  })

  test("a deleted manifest can be pushed again", async () => {
    const repository = freshRepository("delete-manifest")
    const image = await pushImage(registry, repository, { tag: "v1" })
    await registry.send("DELETE", `/v2/${repository}/manifests/${image.digest}`)
    await pushManifest(registry, repository, image.manifest, { tag: "v1" })
    expect(await statusOf(`/v2/${repository}/manifests/v1`)).toBe(200)
  })

  test("an unknown digest, and any digest of an unknown repository, is 404", async () => {
    const repository = freshRepository("delete-manifest")
    const image = await pushImage(registry, repository)
    await expectError(
      await registry.send("DELETE", `/v2/${repository}/manifests/${unknownDigest()}`),
      404,
      "MANIFEST_UNKNOWN",
    )
    expect(await statusOf(`/v2/${freshRepository("missing")}/manifests/${image.digest}`, "DELETE")).toBe(404)
  })
})

describe("distribution-spec, Deleting Blobs (end-10)", () => {
  test("DELETE of a blob is 202, the blob is 404 at once and can be pushed again", async () => {
    const repository = freshRepository("delete-blob")
    const content = randomBytes(1000)
    const path = `/v2/${repository}/blobs/${await pushBlob(registry, repository, content)}`
    expect(await statusOf(path, "DELETE")).toBe(202)
    expect(await statusOf(path)).toBe(404)
    expect(await statusOf(path, "HEAD")).toBe(404)
    await pushBlob(registry, repository, content)
    expect(await bytesIn(await registry.send("GET", path))).toEqual(content)
  })

  test("a blob mounted into a repository and deleted there stays where it came from", async () => {
    const [source, target] = [freshRepository("delete-blob"), freshRepository("delete-blob")]
    const digest = await pushBlob(registry, source, randomBytes(1000))
    await registry.send("POST", `/v2/${target}/blobs/uploads/?mount=${digest}&from=${source}`)
    expect(await statusOf(`/v2/${target}/blobs/${digest}`, "DELETE")).toBe(202)
    expect(await statusOf(`/v2/${target}/blobs/${digest}`, "HEAD")).toBe(404)
    expect(await statusOf(`/v2/${source}/blobs/${digest}`)).toBe(200)
  })

  test("an unknown blob is 404, one deleted before too", async () => {
    const repository = freshRepository("delete-blob")
    const path = `/v2/${repository}/blobs/${await pushBlob(registry, repository, randomBytes(10))}`
    await expectError(await registry.send("DELETE", `/v2/${repository}/blobs/${unknownDigest()}`), 404, "BLOB_UNKNOWN")
    await registry.send("DELETE", path)
    expect(await statusOf(path, "DELETE")).toBe(404)
  })
})
