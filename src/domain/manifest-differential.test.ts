import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { z } from "zod"
import { isRegistryError } from "./errors.ts"
import { parseManifest } from "./manifest.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "./media-type.ts"

// A second implementation of what is accepted, from image-spec manifest.md and image-index.md, as schemas.
const annotations = z.record(z.string(), z.string()).nullish()
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/),
  size: z.int().min(0),
  urls: z.array(z.string()).nullish(),
  annotations,
})
const common = {
  schemaVersion: z.literal(2),
  artifactType: z.string().optional(),
  subject: descriptor.optional(),
  annotations,
}
const descriptors = z.array(descriptor).max(3).nullable()
const image = z.object({ ...common, config: descriptor, layers: descriptors, manifests: z.undefined().optional() })
const index = z.object({
  ...common,
  manifests: descriptors,
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
})
const SCHEMAS = {
  [OCI_MANIFEST]: image.extend({ mediaType: z.literal(OCI_MANIFEST).optional() }),
  [DOCKER_MANIFEST]: image.extend({ mediaType: z.literal(DOCKER_MANIFEST) }),
  [OCI_INDEX]: index.extend({ mediaType: z.literal(OCI_INDEX).optional() }),
  [DOCKER_LIST]: index.extend({ mediaType: z.literal(DOCKER_LIST) }),
}

/** Mostly the value, sometimes another or none: most documents are then nearly right. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const other = fc.constantFrom<unknown>(null, 0, -1, 2, "", "a", [], {}, [0], { a: "b" }, { a: 1 }, undefined)
  return fc.oneof({ weight: 24, arbitrary }, { weight: 1, arbitrary: other })
}

const aDescriptor = fc.record({
  mediaType: mostly(fc.constantFrom("a/b", OCI_MANIFEST)),
  digest: mostly(fc.constantFrom(`sha256:${"0".repeat(64)}`, `sha512:${"f".repeat(128)}`)),
  size: mostly(fc.nat()),
  urls: mostly(fc.constantFrom(undefined, ["http://example"])),
  annotations: mostly(fc.constantFrom(undefined, { key: "value" })),
})
const aList = mostly(fc.array(mostly(aDescriptor), { maxLength: 4 }))
const absent = fc.constant(undefined)
const aType = fc.constantFrom(OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST)
const aDocument = aType.chain((type) => {
  const isIndex = type === OCI_INDEX || type === DOCKER_LIST
  const document = fc.record({
    schemaVersion: mostly(fc.constant(2)),
    mediaType: mostly(fc.constant(type)),
    config: mostly(isIndex ? absent : aDescriptor),
    layers: mostly(isIndex ? absent : aList),
    manifests: mostly(isIndex ? aList : absent),
    subject: mostly(fc.oneof(absent, aDescriptor)),
    artifactType: mostly(fc.constantFrom(undefined, "a/b")),
    annotations: mostly(fc.constantFrom(undefined, { key: "value" })),
  })
  return fc.tuple(fc.constant(type), document)
})

test("parseManifest() accepts exactly the documents that the image-spec's schemas accept", () => {
  let accepted = 0
  fc.assert(
    fc.property(aDocument, ([type, document]) => {
      const text = JSON.stringify(document)
      let caught: unknown
      try {
        parseManifest(new TextEncoder().encode(text), type, 3)
        accepted++
      } catch (error) {
        caught = error
      }
      expect(caught === undefined || isRegistryError(caught, "MANIFEST_INVALID")).toBe(true)
      expect(caught === undefined).toBe(SCHEMAS[type].safeParse(JSON.parse(text)).success)
    }),
    { numRuns: 4000 },
  )
  // A comparison that never sees a good document would prove nothing.
  expect(accepted).toBeGreaterThan(400)
})
