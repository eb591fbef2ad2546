import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseAnnotations, parseDescriptor } from "./descriptor.ts"
import { isRegistryError } from "./errors.ts"

const HEX = "0123456789abcdef".repeat(4)
const LAYER = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: `sha256:${HEX}`, size: 7 }

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return isRegistryError(error) ? error.code : `not a RegistryError: ${String(error)}`
  }
}

test("the fields that a registry reads are kept, and others are passed over", () => {
  const more = {
    urls: ["http://169.254.169.254/"],
    platform: { os: "linux", architecture: "amd64", variant: "v8" },
    artifactType: "application/example",
    annotations: { "org.example": "<script>" },
  }
  const parsed: unknown = parseDescriptor({ ...LAYER, ...more, data: "e30=", custom: [1] }, "config")
  expect(parsed).toEqual({ ...LAYER, ...more, platform: { os: "linux", architecture: "amd64" } })
})

const BAD_FIELDS: Record<string, unknown[]> = {
  mediaType: [undefined, null, 7, {}, []],
  digest: [undefined, null, 7, "", "sha256:short", `sha256:${HEX.toUpperCase()}`, `md5:${HEX}`, [`sha256:${HEX}`]],
  size: [undefined, null, "7", -1, 1.5, 2 ** 53, Infinity, Number.NaN],
  urls: ["http://a", [7], [null], {}],
  annotations: ["a", [], { a: 7 }, { a: null }, { a: {} }],
}

for (const [field, values] of Object.entries(BAD_FIELDS)) {
  test(`a descriptor whose ${field} is of another kind is refused, naming the place`, () => {
    for (const value of values) {
      expect(codeOf(() => parseDescriptor({ ...LAYER, [field]: value }, "layers[3]"))).toBe("MANIFEST_INVALID")
      expect(() => parseDescriptor({ ...LAYER, [field]: value }, "layers[3]")).toThrow(/layers\[3\]/)
    }
  })
}

test("what is not an object is no descriptor", () => {
  for (const value of [undefined, null, true, 7, "text", [], [LAYER]]) {
    expect(codeOf(() => parseDescriptor(value, "config"))).toBe("MANIFEST_INVALID")
  }
})

test("absent and null urls and annotations are alike", () => {
  const parsed: unknown = parseDescriptor({ ...LAYER, urls: null, annotations: null }, "config")
  expect(parsed).toEqual(LAYER)
})

test("any JSON value is a descriptor or MANIFEST_INVALID, and nothing else is thrown", () => {
  const anything = fc.jsonValue({ maxDepth: 3 })
  const nearly = fc.record(
    {
      mediaType: fc.oneof(fc.string(), anything),
      digest: fc.oneof({ weight: 5, arbitrary: fc.constant(LAYER.digest) }, anything),
      size: fc.oneof({ weight: 5, arbitrary: fc.maxSafeNat() }, anything),
      annotations: fc.oneof(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), anything),
      platform: anything,
      urls: anything,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(anything, nearly), (value) => {
      const code = codeOf(() => parseDescriptor(value, "config"))
      expect(code === undefined || code === "MANIFEST_INVALID").toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test("annotations named like properties of every object are plain annotations, and touch no prototype", () => {
  const text = '{"__proto__":"a","constructor":"b","toString":"c","\\ud800":"\\udfff"}'
  const annotations = parseAnnotations(JSON.parse(text), "manifest")
  expect(JSON.stringify(annotations)).toBe(text)
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined()
  expect(codeOf(() => parseAnnotations(JSON.parse('{"__proto__":{"a":1}}'), "manifest"))).toBe("MANIFEST_INVALID")
})
