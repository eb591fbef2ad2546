import { expect, test } from "bun:test"
import { isRegistryError } from "./errors.ts"
import { findDefaultPlatform, listReferences, parseManifest } from "./manifest.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "./media-type.ts"

const encoder = new TextEncoder()

function descriptor(byte: string, mediaType = "application/octet-stream") {
  return { mediaType, digest: `sha256:${byte.repeat(64)}`, size: 3 }
}

const CONFIG = descriptor("c", "application/vnd.oci.image.config.v1+json")
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [descriptor("1"), descriptor("2")] }
const INDEX = { schemaVersion: 2, manifests: [descriptor("a", OCI_MANIFEST), descriptor("b", OCI_INDEX)] }

function parse(value: unknown, type: string | null = OCI_MANIFEST, maxReferences = 10) {
  return parseManifest(encoder.encode(typeof value === "string" ? value : JSON.stringify(value)), type, maxReferences)
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return isRegistryError(error) ? error.code : `not a RegistryError: ${String(error)}`
  }
}

test("an image names its configuration, its layers and its subject", () => {
  const manifest = parse({ ...IMAGE, subject: descriptor("5"), annotations: { a: "b" } })
  expect(manifest.annotations).toEqual({ a: "b" })
  expect(listReferences(manifest).map(({ kind, digest, isRequired }) => [kind, digest[7], isRequired])).toEqual([
    ["config", "c", true],
    ["layer", "1", true],
    ["layer", "2", true],
    ["subject", "5", false],
  ])
})

test("an index names its children, and the amd64 child of Linux is the one for old clients", () => {
  const amd64 = { ...descriptor("d", OCI_MANIFEST), platform: { os: "linux", architecture: "amd64" } }
  const arm64 = { ...descriptor("e", OCI_MANIFEST), platform: { os: "linux", architecture: "arm64" } }
  const manifest = parse({ schemaVersion: 2, manifests: [arm64, amd64] }, OCI_INDEX)
  expect(listReferences(manifest).map(({ kind, digest }) => [kind, digest[7]])).toEqual([
    ["manifest", "e"],
    ["manifest", "d"],
  ])
  expect<string | undefined>(findDefaultPlatform(manifest)?.digest).toBe(amd64.digest)
  expect(findDefaultPlatform(parse(INDEX, OCI_INDEX))).toBeUndefined()
})

test("artifactType is the manifest's own, else the configuration's media type, and an index may have none", () => {
  expect(parse({ ...IMAGE, artifactType: "a/b" }).artifactType).toBe("a/b")
  expect(parse(IMAGE).artifactType).toBe(CONFIG.mediaType)
  expect(parse({ ...INDEX, artifactType: "a/b" }, OCI_INDEX).artifactType).toBe("a/b")
  expect(parse(INDEX, OCI_INDEX).artifactType).toBeUndefined()
})

test("lists may be empty, or null as Go writes an empty list", () => {
  expect(parse({ ...IMAGE, layers: [] }).layers).toEqual([])
  expect(parse({ ...IMAGE, layers: null }).layers).toEqual([])
  expect(parse({ schemaVersion: 2, manifests: [] }, OCI_INDEX).manifests).toEqual([])
  expect(parse({ schemaVersion: 2, manifests: null }, OCI_INDEX).manifests).toEqual([])
})

test("a layer from elsewhere need not be here, unless the manifest names the same digest as an ordinary layer too", () => {
  const foreign = descriptor("f", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
  const isRequired = (layers: unknown[]) => listReferences(parse({ ...IMAGE, layers })).map((one) => one.isRequired)
  expect(isRequired([foreign])).toEqual([true, false])
  expect(isRequired([foreign, descriptor("f")])).toEqual([true, true])
  expect(isRequired([descriptor("f"), foreign])).toEqual([true, true])
})

test("a digest that is named twice is one reference of its kind", () => {
  const layers = [descriptor("1"), descriptor("1"), descriptor("c")]
  expect(listReferences(parse({ ...IMAGE, layers })).map(({ kind, digest }) => kind + digest[7])).toEqual([
    "configc",
    "layer1",
    "layerc",
  ])
})

test("the Content-Type decides, its parameters do not, and a mediaType that differs is refused", () => {
  expect(parse(IMAGE, `${OCI_MANIFEST}; charset=utf-8`).mediaType).toBe(OCI_MANIFEST)
  expect(parse({ ...IMAGE, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST).mediaType).toBe(DOCKER_MANIFEST)
  expect(parse({ ...INDEX, mediaType: DOCKER_LIST }, DOCKER_LIST).mediaType).toBe(DOCKER_LIST)
  expect(codeOf(() => parse(IMAGE, DOCKER_MANIFEST))).toBe("MANIFEST_INVALID")
  expect(codeOf(() => parse(INDEX, DOCKER_LIST))).toBe("MANIFEST_INVALID")
  for (const mediaType of [DOCKER_MANIFEST, "", null, 7, {}, OCI_INDEX]) {
    expect(codeOf(() => parse({ ...IMAGE, mediaType }))).toBe("MANIFEST_INVALID")
  }
  for (const type of [
    null,
    "",
    "application/json",
    "text/html",
    "application/vnd.docker.distribution.manifest.v1+json",
  ]) {
    expect(codeOf(() => parse(IMAGE, type))).toBe("MANIFEST_INVALID")
  }
})

test("an image with manifests and an index with layers or a configuration are refused", () => {
  expect(codeOf(() => parse({ ...IMAGE, manifests: [] }))).toBe("MANIFEST_INVALID")
  expect(codeOf(() => parse({ ...INDEX, layers: [] }, OCI_INDEX))).toBe("MANIFEST_INVALID")
  expect(codeOf(() => parse({ ...INDEX, config: CONFIG }, OCI_INDEX))).toBe("MANIFEST_INVALID")
})

test("one entry more than the maximum is refused", () => {
  const layers = Array.from({ length: 11 }, () => descriptor("1"))
  expect(parse({ ...IMAGE, layers: layers.slice(1) }).layers).toHaveLength(10)
  expect(codeOf(() => parse({ ...IMAGE, layers }))).toBe("MANIFEST_INVALID")
})

const REFUSED = {
  "schema 1": { ...IMAGE, schemaVersion: 1 },
  "a schemaVersion in quotes": { ...IMAGE, schemaVersion: "2" },
  "no configuration": { ...IMAGE, config: undefined },
  "no layers": { ...IMAGE, layers: undefined },
  "layers that are an object": { ...IMAGE, layers: { 0: descriptor("1"), length: 1 } },
  "a subject that is no descriptor": { ...IMAGE, subject: { digest: "sha256:short" } },
  "an artifactType that is no text": { ...IMAGE, artifactType: {} },
  "annotations that are a list": { ...IMAGE, annotations: ["a"] },
}

for (const [what, value] of Object.entries(REFUSED)) {
  test(`a manifest with ${what} is refused`, () => {
    expect(codeOf(() => parse(value))).toBe("MANIFEST_INVALID")
  })
}
