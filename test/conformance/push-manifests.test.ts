import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  digestOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_IMAGE,
  OCI_INDEX,
  toJsonBytes,
} from "./content.ts"
import { pushBlob, pushImage, pushManifest, putManifest, type Image } from "./push.ts"

const repository = freshRepository("push-manifests")
let registry: Registry
let image: Image
beforeAll(async () => {
  registry = await startRegistry()
  image = await pushImage(registry, repository, { tag: "first" })
  await pushBlob(registry, repository, bytesOf("{}"))
})
afterAll(() => registry.stop())

async function expectStored(response: Response, text: string, mediaType = OCI_IMAGE): Promise<void> {
  expect(response.status).toBe(201)
  expect(response.headers.get("docker-content-digest")).toBe(digestOf(text))
  const pulled = await registry.send("GET", locationOf(response), { headers: { accept: mediaType } })
  expect(pulled.status).toBe(200)
  expect(pulled.headers.get("content-type")).toBe(mediaType)
  expect(await pulled.text()).toBe(text)
}

describe("distribution-spec, Pushing Manifests (end-7a)", () => {
  test("PUT by tag is 201 with the digest and a Location from which it is pulled", async () => {
    const text = JSON.stringify(image.manifest)
    await expectStored(await putManifest(registry, `${repository}:v1`, text), text)
  })

  test("PUT by digest is 201 and makes no tag", async () => {
    const other = freshRepository("push-manifests")
    const pushed = await pushImage(registry, other)
    await expectStored(pushed.response, JSON.stringify(pushed.manifest))
    const list = await registry.send("GET", `/v2/${other}/tags/list`)
    expect(await list.json()).toEqual({ name: other, tags: [] })
  })

  test("the Location names the digest", () => {
    expect(locationOf(image.response)).toEndWith(`/v2/${repository}/manifests/${image.digest}`)
  })

  test.each([
    [
      "white space",
      JSON.stringify(imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "a/b" }), undefined, "\t  ") + "\n\n",
    ],
    [
      "key order, escapes and large numbers",
      `{"layers":[],"config":{"size":2,"digest":"${EMPTY_DESCRIPTOR.digest}","mediaType":"application\\/vnd.oci.empty.v1+json"},"artifactType":"a/b","n":12345678901234567890,"schemaVersion":2,"mediaType":"${OCI_IMAGE}"}`,
    ],
  ])("the manifest is stored in its exact bytes: %s", async (_name, text) => {
    await expectStored(await putManifest(registry, `${repository}:exact`, text), text)
  })

  test("a tag moves to the manifest that was pushed last, and the former stays by digest", async () => {
    const second = await pushImage(registry, repository, { tag: "first" })
    const pulled = await registry.send("GET", `/v2/${repository}/manifests/first`)
    expect(pulled.headers.get("docker-content-digest")).toBe(second.digest)
    expect((await registry.send("HEAD", `/v2/${repository}/manifests/${image.digest}`)).status).toBe(200)
  })

  test("parameters of Content-Type are ignored", async () => {
    const text = JSON.stringify(image.manifest)
    const response = await putManifest(registry, `${repository}:params`, text, `${OCI_IMAGE}; charset=utf-8`)
    await expectStored(response, text)
  })

  test("mediaType may be missing in the body: Content-Type says it", async () => {
    const { mediaType, ...untyped } = image.manifest
    const text = JSON.stringify(untyped)
    await expectStored(await putManifest(registry, `${repository}:untyped`, text, mediaType), text)
  })

  test.each([
    ["no layers", imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "application/vnd.example" })],
    ["an unknown type of artifact", imageManifest(EMPTY_DESCRIPTOR, [EMPTY_DESCRIPTOR], { artifactType: "x-made/up" })],
    [
      "an unknown type of config and layer",
      imageManifest({ ...EMPTY_DESCRIPTOR, mediaType: "x/config" }, [{ ...EMPTY_DESCRIPTOR, mediaType: "x/layer" }]),
    ],
    [
      "fields of its own",
      imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "a/b", "org.example": { deep: [1, null] } }),
    ],
    ["data in a descriptor", imageManifest({ ...EMPTY_DESCRIPTOR, data: "e30=" }, [], { artifactType: "a/b" })],
    [
      "the same layer twice",
      imageManifest(EMPTY_DESCRIPTOR, [EMPTY_DESCRIPTOR, EMPTY_DESCRIPTOR], { artifactType: "a/b" }),
    ],
  ])("an image with %s is taken as it is", async (_name, manifest) => {
    const pushed = await pushManifest(registry, repository, manifest, { tag: "odd" })
    await expectStored(pushed.response, JSON.stringify(manifest))
  })

  test("a manifest of nearly 4 megabytes is taken", async () => {
    const manifest = imageManifest(EMPTY_DESCRIPTOR, [], {
      artifactType: "a/b",
      annotations: { filler: "x".repeat(3_900_000) },
    })
    const pushed = await pushManifest(registry, repository, manifest, { tag: "large" })
    const pulled = await bytesIn(await registry.send("GET", `/v2/${repository}/manifests/large`))
    expect(digestOf(pulled)).toBe(pushed.digest)
  })

  test("pushing a manifest again is 201", async () => {
    for (let push = 0; push < 2; push++) await pushManifest(registry, repository, image.manifest, { tag: "again" })
  })
})

describe("distribution-spec, Pushing Manifests: an image index", () => {
  test.each([
    ["children", () => indexManifest([{ ...image.descriptor, platform: { os: "linux", architecture: "amd64" } }])],
    ["no children", () => indexManifest([])],
    ["an artifactType", () => indexManifest([image.descriptor], { artifactType: "application/vnd.example" })],
  ])("an index with %s is taken as it is", async (_name, make) => {
    const index = make()
    const pushed = await pushManifest(registry, repository, index, { tag: "index" })
    await expectStored(pushed.response, JSON.stringify(index), OCI_INDEX)
  })

  test("an index may hold an index", async () => {
    const inner = await pushManifest(registry, repository, indexManifest([image.descriptor]))
    const outer = await pushManifest(registry, repository, indexManifest([inner.descriptor]), { tag: "nested" })
    await expectStored(
      outer.response,
      new TextDecoder().decode(toJsonBytes(indexManifest([inner.descriptor]))),
      OCI_INDEX,
    )
  })
})
