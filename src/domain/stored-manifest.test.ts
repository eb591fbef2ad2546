import { describe, expect, test } from "bun:test"
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./media-type.ts"
import { listNamed, readStoredManifest } from "./stored-manifest.ts"

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const descriptor = (letter: string, size = 3) => ({ mediaType: "application/x", digest: digest(letter), size })

function read(value: unknown) {
  return readStoredManifest(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)), 1000)
}

const image = { schemaVersion: 2, config: descriptor("c"), layers: [descriptor("a"), descriptor("b")] }
const index = { schemaVersion: 2, manifests: [descriptor("a")] }

describe("a stored manifest's media type", () => {
  test.each([
    ["of an image that does not say it", image, OCI_MANIFEST],
    ["of an index that does not say it", index, OCI_INDEX],
    ["of one with an empty mediaType", { ...image, mediaType: "" }, OCI_MANIFEST],
    ["as the body says it", { ...image, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST],
    ["as the list says it", { ...index, mediaType: DOCKER_LIST }, DOCKER_LIST],
    ["of schema 1 without signatures", { schemaVersion: 1, fsLayers: [] }, DOCKER_SCHEMA1],
    ["of schema 1 with them", { schemaVersion: 1, signatures: [{}] }, DOCKER_SCHEMA1_SIGNED],
  ])("%s", (_, value, mediaType) => {
    expect(read(value)).toMatchObject({ mediaType })
  })

  test.each([
    ["no JSON", "{"],
    ["a list", []],
    ["an unknown type", { ...image, mediaType: "application/json" }],
    ["a type that is no text", { ...image, mediaType: 7 }],
    ["nothing that a manifest has", { schemaVersion: 2 }],
  ])("cannot be told of %s", (_, value) => {
    expect(read(value)).toBeUndefined()
  })
})

test("what a manifest names, and says of itself, is read", () => {
  const annotations = { a: "b" }
  const manifest = read({ ...image, subject: descriptor("d"), artifactType: "application/y", annotations })
  expect(manifest).toMatchObject({ subject: digest("d"), artifactType: "application/y", annotations })
  expect(manifest?.refusal).toBeUndefined()
  expect(manifest?.references.map((each) => `${each.kind} ${each.digest.slice(7, 8)} ${each.sizeBytes}`)).toEqual([
    "config c 3",
    "layer a 3",
    "layer b 3",
    "subject d 3",
  ])
})

test("the layers of schema 1 are read, each once and without a size", () => {
  const fsLayers = [{ blobSum: digest("a") }, { blobSum: digest("b") }, { blobSum: digest("a") }, { blobSum: "?" }]
  expect(read({ schemaVersion: 1, fsLayers })?.references).toEqual(
    ["a", "b"].map((letter) => ({ kind: "layer", digest: digest(letter), sizeBytes: 0, isRequired: true }) as never),
  )
})

test("one that a push would refuse is read as far as it goes, and says why", () => {
  const odd = {
    ...image,
    MediaType: OCI_MANIFEST,
    layers: [descriptor("a"), { digest: "sha256:no" }, 7, { digest: digest("b"), size: -1 }],
    subject: descriptor("d"),
    annotations: { good: 1 },
  }
  const manifest = read(odd)
  expect(manifest).toMatchObject({ mediaType: OCI_MANIFEST, subject: digest("d"), refusal: expect.any(String) })
  expect(manifest?.annotations).toBeUndefined()
  expect(manifest?.references.map((each) => `${each.kind} ${each.digest.slice(7, 8)} ${each.sizeBytes}`)).toEqual([
    "config c 3",
    "layer a 3",
    "layer b 0",
    "subject d 3",
  ])
})

describe("what a stored manifest names", () => {
  const named = (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value)
    return listNamed(new TextEncoder().encode(text)).map((each) => each[7])
  }

  test.each([
    [
      "of an image is in its order, and as often",
      { ...image, layers: ["b", "a", "b"].map((each) => descriptor(each)) },
      "cbab",
    ],
    ["has no subject", { ...image, subject: descriptor("d") }, "cab"],
    ["of an index are its children", index, "a"],
    [
      "of schema 1 are its layers",
      { schemaVersion: 1, fsLayers: [{ blobSum: digest("b") }, { blobSum: digest("a") }] },
      "ba",
    ],
    ["is what can be read of it", { config: 7, layers: [{ digest: "x" }, 3, descriptor("a")], manifests: {} }, "a"],
    ["is nothing where it is no JSON", "{", ""],
  ])("%s", (_, value, letters) => {
    expect(named(value).join("")).toBe(letters)
  })
})
