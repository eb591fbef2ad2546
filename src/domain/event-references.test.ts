import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { listEventReferences } from "./event-references.ts"

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

test("an image names its config and then its layers, with what the descriptors hold and no more", () => {
  const config = { size: 2, mediaType: "c", digest: "sha256:1", data: "e30=", artifactType: "t", unknown: 1 }
  const layer = { mediaType: "l", digest: "sha256:2", size: 3, urls: ["https://a"], annotations: { z: "1", a: "2" } }
  const references = listEventReferences(encode({ config, layers: [layer], subject: config }))
  expect(JSON.stringify(references)).toBe(
    JSON.stringify([
      { mediaType: "c", digest: "sha256:1", size: 2, data: "e30=", artifactType: "t" },
      { mediaType: "l", digest: "sha256:2", size: 3, urls: ["https://a"], annotations: { a: "2", z: "1" } },
    ]),
  )
})

test("an index names its manifests with their platforms", () => {
  const platform = { os: "linux", architecture: "arm", variant: "v7", "os.version": "", "os.features": ["f"] }
  const child = { mediaType: "m", digest: "sha256:1", size: 2, platform, annotations: {}, urls: [] }
  expect(listEventReferences(encode({ manifests: [child] }))).toEqual([
    {
      mediaType: "m",
      digest: "sha256:1",
      size: 2,
      platform: { architecture: "arm", os: "linux", "os.features": ["f"], variant: "v7" },
    },
  ])
})

test("whatever JSON is stored, listing ends without an error", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      listEventReferences(encode(value))
      listEventReferences(encode({ config: value, layers: value, manifests: value }))
    }),
  )
})
