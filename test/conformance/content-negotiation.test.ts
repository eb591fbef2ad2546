import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, startRegistry, type Registry } from "./client.ts"
import { DOCKER_IMAGE, DOCKER_LIST, indexManifest, OCI_IMAGE, OCI_INDEX } from "./content.ts"
import { pushImage, pushManifest, type Image, type Pushed } from "./push.ts"

const repository = freshRepository("accept")
let registry: Registry
let amd64: Image
let index: Pushed
let dockerChild: Pushed
let dockerList: Pushed
beforeAll(async () => {
  registry = await startRegistry()
  const arm64 = await pushImage(registry, repository)
  amd64 = await pushImage(registry, repository, { tag: "image" })
  const platform = (architecture: string): object => ({ platform: { os: "linux", architecture } })
  index = await pushManifest(
    registry,
    repository,
    indexManifest([
      { ...arm64.descriptor, ...platform("arm64") },
      { ...amd64.descriptor, ...platform("amd64") },
    ]),
    { tag: "index" },
  )
  dockerChild = await pushManifest(registry, repository, { ...amd64.manifest, mediaType: DOCKER_IMAGE })
  const list = indexManifest([{ ...dockerChild.descriptor, ...platform("amd64") }], { mediaType: DOCKER_LIST })
  dockerList = await pushManifest(registry, repository, list, { tag: "list" })
  await pushManifest(registry, repository, indexManifest([{ ...arm64.descriptor, ...platform("arm64") }]), {
    tag: "arm-only",
  })
})
afterAll(() => registry.stop())

function get(reference: string, accept: string, method = "GET"): Promise<Response> {
  return registry.send(method, `/v2/${repository}/manifests/${reference}`, { headers: { accept } })
}

async function expectManifest(response: Response, expected: Pushed): Promise<void> {
  expect(response.status).toBe(200)
  expect(response.headers.get("docker-content-digest")).toBe(expected.digest)
  expect(response.headers.get("content-type")).toBe(expected.mediaType)
  expect(response.headers.get("content-length")).toBe(String(expected.bytes.length))
  expect(await bytesIn(response)).toEqual(expected.bytes)
}

describe("Berth: what is stored is what is answered, whatever Accept says", () => {
  test.each([
    "*/*",
    "application/json",
    "text/html",
    OCI_INDEX,
    DOCKER_IMAGE,
    `${DOCKER_LIST}, ${DOCKER_IMAGE}`,
    "nonsense",
  ])("an image asked for as %s", async (accept) => {
    await expectManifest(await get("image", accept), amd64)
    await expectManifest(await get(amd64.digest, accept), amd64)
  })

  test.each([
    "*/*",
    "application/json",
    "text/html",
    OCI_INDEX,
    `${OCI_IMAGE}, ${OCI_INDEX}`,
    `${OCI_IMAGE}, */*`,
    DOCKER_LIST,
  ])("an index asked for by tag as %s", async (accept) => {
    await expectManifest(await get("index", accept), index)
  })

  test.each([OCI_IMAGE, DOCKER_IMAGE])("an index asked for by digest as %s alone", async (accept) => {
    await expectManifest(await get(index.digest, accept), index)
  })
})

describe("Berth: a tag of an index, asked for by a client that knows single manifests only", () => {
  test.each([OCI_IMAGE, DOCKER_IMAGE, `${OCI_IMAGE}, ${DOCKER_IMAGE};q=0.5`])(
    "Accept: %s gets the linux/amd64 child",
    async (accept) => {
      await expectManifest(await get("index", accept), amd64)
      await expectManifest(await get("list", accept), dockerChild)
    },
  )

  test("HEAD names the child's digest and length", async () => {
    const response = await get("index", OCI_IMAGE, "HEAD")
    expect(response.headers.get("docker-content-digest")).toBe(amd64.digest)
    expect(response.headers.get("content-length")).toBe(String(amd64.bytes.length))
  })

  test("an index without a linux/amd64 child is answered as it is", async () => {
    expect((await get("arm-only", OCI_IMAGE)).headers.get("content-type")).toBe(OCI_INDEX)
  })

  test("Docker's list is answered to a client that knows lists", async () => {
    await expectManifest(await get("list", `${DOCKER_IMAGE}, ${DOCKER_LIST}`), dockerList)
  })
})
