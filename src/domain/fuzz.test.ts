import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseContentRange } from "./content-range.ts"
import { parseDigest } from "./digest.ts"
import { isRegistryError } from "./errors.ts"
import { parseManifest } from "./manifest.ts"
import { essence, OCI_INDEX, OCI_MANIFEST } from "./media-type.ts"
import { parsePageSize } from "./page.ts"
import { parseByteRanges } from "./range.ts"
import { parseReference } from "./reference.ts"
import { parseRepositoryName } from "./repository-name.ts"
import { parseTag } from "./tag.ts"

const encoder = new TextEncoder()
const PARSERS: Record<string, (text: string) => unknown> = {
  parseContentRange,
  parseDigest,
  essence,
  parsePageSize: (text) => parsePageSize([text], 1000),
  parseByteRanges: (text) => parseByteRanges(text, 1000, 5),
  parseReference,
  parseRepositoryName,
  parseTag,
  "parseManifest of an image": (text) => parseManifest(encoder.encode(text), OCI_MANIFEST, 100),
  "parseManifest of an index": (text) => parseManifest(encoder.encode(text), OCI_INDEX, 100),
  "parseManifest's media type": (text) => parseManifest(encoder.encode("{}"), text, 100),
}

const HEX = "0123456789abcdef".repeat(4)
const PIECES = [
  ["a", "A", "0", "-", "_", ".", "/", ":", ",", ";", "=", "*", "bytes=", "bytes ", "sha256:", "sha512:", HEX],
  ["\0", "\n", "\t", " ", "\u00a0", "\ufeff", "\u202e", "\ud800", "\udfff", "😀", "é", "İ", "ß", "%2e", "%00"],
  ["__proto__", "constructor", "{", "}", "[", "]", '"', "\\", "\\u0000", "null", "NaN", "1e999", "-0", "9".repeat(20)],
  ['{"schemaVersion":2,', '"config":', '"layers":[', `{"mediaType":"a","digest":"sha256:${HEX}","size":1}`],
].flat()
// Any sixteen-bit units, so lone surrogates as well; and texts put together from what the grammars know.
const units = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })
const text = fc.oneof(
  units,
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join("")),
)

function run(parser: (text: string) => unknown, input: string): unknown {
  try {
    return parser(input)
  } catch (error) {
    if (isRegistryError(error)) return error
    throw error
  }
}

describe.each(Object.entries(PARSERS))("%s", (_, parser) => {
  test("throws nothing but RegistryError, gives the same answer again, and explains itself in a short message", () => {
    fc.assert(
      fc.property(text, (input) => {
        const answer = run(parser, input)
        expect(JSON.stringify(run(parser, input))).toBe(JSON.stringify(answer))
        if (isRegistryError(answer)) expect(answer.message.length).toBeLessThan(1000)
      }),
      { numRuns: 3000 },
    )
  })

  test("takes time in proportion to the length of the text", () => {
    const slow = PIECES.filter((piece) => {
      const few = Math.ceil(8192 / piece.length)
      // 64 times the length: linear work takes 64 times as long, quadratic 4096 times; ten-fold slack is between.
      const short = bestTime(parser, piece.repeat(few))
      return bestTime(parser, piece.repeat(few * 64)) > 640 * Math.max(short, 0.05)
    })
    expect(slow).toEqual([])
  })
})

function bestTime(parser: (text: string) => unknown, input: string): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    run(parser, input)
    return performance.now() - start
  })
  return Math.min(...times)
}
