import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isDigest } from "./digest.ts"
import { isRegistryError } from "./errors.ts"
import { parseReference, type Reference } from "./reference.ts"
import { isTag } from "./tag.ts"

const HEX = "0123456789abcdef".repeat(4)

function print(reference: Reference): string {
  return reference.kind === "tag" ? reference.tag : reference.digest
}

test("a tag and a digest are told apart by the colon", () => {
  expect(parseReference("latest")).toMatchObject({ kind: "tag", tag: "latest" })
  expect(parseReference(`sha256:${HEX}`)).toMatchObject({ kind: "digest", digest: `sha256:${HEX}` })
  // cosign's and the referrers fallback's tags look like digests but for the colon.
  expect(parseReference(`sha256-${HEX}.sig`)).toMatchObject({ kind: "tag" })
})

test("a text with a colon that is no digest is DIGEST_INVALID, and any other bad text is TAG_INVALID", () => {
  const character = fc.constantFrom("a", ":", ".", "-", "/", "\n", "sha256:", HEX)
  fc.assert(
    fc.property(fc.array(character, { maxLength: 6 }), (parts) => {
      const text = parts.join("")
      let reference: Reference | undefined
      let caught: unknown
      try {
        reference = parseReference(text)
      } catch (error) {
        caught = error
      }
      if (reference !== undefined) expect(print(reference)).toBe(text)
      else expect(isRegistryError(caught, text.includes(":") ? "DIGEST_INVALID" : "TAG_INVALID")).toBe(true)
      expect(reference !== undefined).toBe(isTag(text) || isDigest(text))
    }),
    { numRuns: 2000 },
  )
})
