import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  DOCKER_IMAGE,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_IMAGE,
  OCI_INDEX,
  unknownDigest,
  type Descriptor,
  type ImageManifest,
} from "./content.ts"
import { pushBlob, pushImage, pushManifest, putManifest } from "./push.ts"

const repository = freshRepository("manifest-references")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
  await pushBlob(registry, repository, bytesOf("{}"))
})
afterAll(() => registry.stop())

function missing(mediaType: string): Descriptor {
  return { mediaType, digest: unknownDigest(), size: 100 }
}

function artifact(layers: Descriptor[]): ImageManifest {
  return imageManifest(EMPTY_DESCRIPTOR, layers, { artifactType: "application/vnd.example" })
}

function put(manifest: { mediaType: string }): Promise<Response> {
  return putManifest(registry, `${repository}:incomplete`, JSON.stringify(manifest), manifest.mediaType)
}

async function expectRefused(manifest: { mediaType: string }): Promise<void> {
  await expectError(await put(manifest), 404, "MANIFEST_BLOB_UNKNOWN")
  expect((await registry.send("HEAD", `/v2/${repository}/manifests/incomplete`)).status).toBe(404)
}

// distribution answers 400 here; Berth takes the 404 that end-7 names.
describe("distribution-spec, Push: references to what is missing are MANIFEST_BLOB_UNKNOWN", () => {
  test("a missing layer", () => expectRefused(artifact([missing("x/layer")])))

  test("a missing config", () => expectRefused(imageManifest(missing("x/config"), [EMPTY_DESCRIPTOR])))

  test("a missing layer of an image in Docker's types", () =>
    expectRefused({ ...artifact([missing("x/layer")]), mediaType: DOCKER_IMAGE }))

  test("a missing child of an index", () => expectRefused(indexManifest([missing(OCI_IMAGE)])))

  test("a missing index within an index", () => expectRefused(indexManifest([missing(OCI_INDEX)])))

  test("a layer that only another repository has", async () => {
    const other = freshRepository("other")
    const content = bytesOf(crypto.randomUUID())
    const digest = await pushBlob(registry, other, content)
    await expectRefused(artifact([{ mediaType: "x/layer", digest, size: content.length }]))
  })

  test("a child that only another repository has", async () => {
    const image = await pushImage(registry, freshRepository("other"))
    await expectRefused(indexManifest([image.descriptor]))
  })
})

describe("image-spec, non-distributable layers: the blob need not be there", () => {
  test.each([
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ])("%s", async (mediaType) => {
    const layer = { ...missing(mediaType), urls: ["https://example.com/layer"] }
    const manifest = artifact([layer])
    const pushed = await pushManifest(registry, repository, manifest, { tag: "foreign" })
    const pulled = await registry.send("GET", `/v2/${repository}/manifests/${pushed.digest}`)
    expect(await pulled.json()).toEqual(manifest)
    expect((await registry.send("GET", `/v2/${repository}/blobs/${layer.digest}`)).status).toBe(404)
  })
})
