import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import { DOCKER_IMAGE, indexManifest, OCI_INDEX, unknownDigest } from "./content.ts"
import { pushImage, pushManifest, type Image } from "./push.ts"

const repository = freshRepository("pull-manifests")
let registry: Registry
let image: Image
beforeAll(async () => {
  registry = await startRegistry()
  image = await pushImage(registry, repository, { tag: "v1" })
})
afterAll(() => registry.stop())

function manifestPath(reference: string): string {
  return `/v2/${repository}/manifests/${reference}`
}

describe("distribution-spec, Pulling manifests (end-3)", () => {
  test("a manifest is pulled by its tag, byte for byte", async () => {
    const response = await registry.send("GET", manifestPath("v1"))
    expect(response.status).toBe(200)
    expect(await bytesIn(response)).toEqual(image.bytes)
  })

  test("a manifest is pulled by its digest, byte for byte", async () => {
    const response = await registry.send("GET", manifestPath(image.digest))
    expect(response.status).toBe(200)
    expect(await bytesIn(response)).toEqual(image.bytes)
  })

  test.each(["GET", "HEAD"])("%s of a manifest names its digest and its length", async (method) => {
    for (const reference of ["v1", image.digest]) {
      const response = await registry.send(method, manifestPath(reference))
      expect(response.status).toBe(200)
      expect(response.headers.get("docker-content-digest")).toBe(image.digest)
      expect(response.headers.get("content-length")).toBe(String(image.bytes.length))
    }
  })

  test("Content-Type is the one pushed, without parameters", async () => {
    for (const method of ["GET", "HEAD"]) {
      const response = await registry.send(method, manifestPath("v1"))
      expect(response.headers.get("content-type")).toBe(image.mediaType)
    }
  })

  test("HEAD has no body", async () => {
    const response = await registry.send("HEAD", manifestPath("v1"))
    expect(await response.text()).toBe("")
  })

  test("a manifest is never sent with a content encoding", async () => {
    const response = await registry.send("GET", manifestPath("v1"), { headers: { "accept-encoding": "gzip, zstd" } })
    expect(response.headers.get("content-encoding")).toBeNull()
    expect(await bytesIn(response)).toEqual(image.bytes)
  })

  test("an index and an image in Docker's types are pulled with their own type", async () => {
    const index = await pushManifest(registry, repository, indexManifest([image.descriptor]), { tag: "index" })
    const docker = await pushManifest(
      registry,
      repository,
      { ...image.manifest, mediaType: DOCKER_IMAGE },
      { tag: "docker" },
    )
    const pulledIndex = await registry.send("GET", manifestPath("index"), { headers: { accept: OCI_INDEX } })
    expect(pulledIndex.headers.get("content-type")).toBe(OCI_INDEX)
    expect(await bytesIn(pulledIndex)).toEqual(index.bytes)
    const pulledDocker = await registry.send("GET", manifestPath("docker"), { headers: { accept: DOCKER_IMAGE } })
    expect(pulledDocker.headers.get("content-type")).toBe(DOCKER_IMAGE)
    expect(await bytesIn(pulledDocker)).toEqual(docker.bytes)
  })

  test("an unknown tag or digest is 404", async () => {
    for (const reference of ["missing", unknownDigest(), unknownDigest("sha512")]) {
      await expectError(await registry.send("GET", manifestPath(reference)), 404, "MANIFEST_UNKNOWN")
      const head = await registry.send("HEAD", manifestPath(reference))
      expect(head.status).toBe(404)
      expect(await head.text()).toBe("")
    }
  })

  test("a manifest of a repository that does not exist is 404", async () => {
    const missing = `/v2/${freshRepository("missing")}/manifests`
    expect((await registry.send("GET", `${missing}/latest`)).status).toBe(404)
    expect((await registry.send("GET", `${missing}/${image.digest}`)).status).toBe(404)
  })

  test("a manifest is not found through another repository", async () => {
    const other = freshRepository("other")
    await pushImage(registry, other, { tag: "v1" })
    expect((await registry.send("GET", `/v2/${other}/manifests/${image.digest}`)).status).toBe(404)
  })
})
