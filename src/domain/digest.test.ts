import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { digestAlgorithm, digestHex, digestOf, isDigest, isDigestAlgorithm, parseDigest } from "./digest.ts"
import { isRegistryError } from "./errors.ts"

// A second implementation: image-spec descriptor.md, "Digests" and "Registered algorithms".
const SPECIFICATION = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef".split("")), minLength: length, maxLength: length })
const wellFormed = fc.oneof(
  hex(64).map((text) => `sha256:${text}`),
  hex(128).map((text) => `sha512:${text}`),
)
// One character of a well-formed digest is replaced, dropped or doubled.
const nearly = fc
  .tuple(wellFormed, fc.nat(135), fc.constantFrom("", "A", "g", ":", "/", "\n", "\0", "٠", "ａ", "00"))
  .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1))

test("a well-formed digest is read and printed unchanged", () => {
  fc.assert(
    fc.property(wellFormed, (text) => {
      const digest = parseDigest(text)
      expect<string>(digest).toBe(text)
      expect(digestOf(digestAlgorithm(digest), digestHex(digest))).toBe(digest)
    }),
  )
})

test("isDigest() agrees with the specification's expression", () => {
  fc.assert(
    fc.property(fc.oneof(wellFormed, nearly, fc.string({ unit: "binary" })), (text) => {
      expect(isDigest(text)).toBe(SPECIFICATION.test(text))
    }),
    { numRuns: 2000 },
  )
})

const REFUSED = {
  "an empty text": "",
  "no hex at all": "sha256:",
  "63 hex digits": `sha256:${"a".repeat(63)}`,
  "65 hex digits": `sha256:${"a".repeat(65)}`,
  "sha512 with the length of sha256": `sha512:${"a".repeat(64)}`,
  "sha256 with the length of sha512": `sha256:${"a".repeat(128)}`,
  "upper-case hex": `sha256:${"A".repeat(64)}`,
  "an upper-case algorithm": `SHA256:${"a".repeat(64)}`,
  "a letter that is no hex digit": `sha256:${"g".repeat(64)}`,
  "an algorithm that is not known": `sha384:${"a".repeat(96)}`,
  "an algorithm named like a property of every object": `__proto__:${"a".repeat(64)}`,
  "a path in place of the hex": "sha256:../../x",
  "a path as long as the hex": `sha256:${"../".repeat(21)}x`,
  "a line break at the end": `sha256:${"a".repeat(64)}\n`,
  "a line break in place of the last digit": `sha256:${"a".repeat(63)}\n`,
  "a space in front": ` sha256:${"a".repeat(64)}`,
  "full-width digits": `sha256:${"０".repeat(64)}`,
  "lone surrogates": `sha256:${"\ud800".repeat(64)}`,
  "a byte order mark": `\ufeffsha256:${"a".repeat(64)}`,
  "another separator": `sha256-${"a".repeat(64)}`,
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`parseDigest() refuses ${what}`, () => {
    let caught: unknown
    try {
      parseDigest(text)
    } catch (error) {
      caught = error
    }
    expect(isRegistryError(caught, "DIGEST_INVALID")).toBe(true)
  })
}

test("isDigestAlgorithm() knows sha256 and sha512 and no property of Object", () => {
  expect(["sha256", "sha512"].every(isDigestAlgorithm)).toBe(true)
  const others = ["", "sha1", "sha384", "md5", "SHA256", "sha256 ", "constructor", "__proto__", "toString"]
  expect(others.filter(isDigestAlgorithm)).toEqual([])
})
