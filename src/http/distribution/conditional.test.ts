import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { isSamePart, isUnchanged } from "./conditional.ts"

const DIGEST = `sha256:${"a1".repeat(32)}`
const OTHER = `sha256:${"b2".repeat(32)}`
const SAME = [DIGEST, `"${DIGEST}"`, `W/"${DIGEST}"`, `W/${DIGEST}`, "*", ` "${DIGEST}"\t`]
const DIFFERENT = [OTHER, `"${OTHER}"`, `W/"${OTHER}"`, "", '""', "**", `"${DIGEST}`, `${DIGEST}0`, DIGEST.slice(1)]

const different = fc.array(fc.constantFrom(...DIFFERENT), { maxLength: 49 })

describe("isUnchanged", () => {
  test("finds the content among other tags, wherever it stands", () => {
    fc.assert(
      fc.property(different, fc.constantFrom(...SAME), different, (before, same, after) => {
        expect(isUnchanged([...before, same, ...after].join(","), DIGEST)).toBe(true)
      }),
    )
  })

  test("takes no list of other tags for the content", () => {
    fc.assert(
      fc.property(different, (tags) => {
        expect(isUnchanged(tags.join(", "), DIGEST)).toBe(false)
      }),
    )
  })

  test("asks for the content where there is no header", () => {
    expect(isUnchanged(null, DIGEST)).toBe(false)
  })

  test("never throws, and says yes only to a header that holds the digest or a star", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (header) => {
        if (isUnchanged(header, DIGEST)) expect(header).toMatch(/\*|sha256:/)
      }),
      { numRuns: 2000 },
    )
  })

  test("reads a header of 16 KiB in one pass", () => {
    const start = performance.now()
    for (const piece of [",", " ", "W/", '"', `${OTHER},`, " ,"])
      isUnchanged(piece.repeat(16_384 / piece.length), DIGEST)
    expect(performance.now() - start).toBeLessThan(200)
  })
})

describe("isSamePart", () => {
  test.each([DIGEST, `"${DIGEST}"`, ` "${DIGEST}" `])("takes the one strong tag: %j", (ifRange) => {
    expect(isSamePart(ifRange, DIGEST)).toBe(true)
  })

  test.each(["*", `W/"${DIGEST}"`, `"${DIGEST}", "${OTHER}"`, `"${OTHER}"`, "", "Sun, 06 Nov 1994 08:49:37 GMT"])(
    "takes no star, weak tag, list, other tag or date: %j",
    (ifRange) => {
      expect(isSamePart(ifRange, DIGEST)).toBe(false)
    },
  )

  test("never throws, and says yes to nothing that says no to If-None-Match", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...SAME, ...DIFFERENT)), (header) => {
        if (isSamePart(header, DIGEST)) expect(isUnchanged(header, DIGEST)).toBe(true)
      }),
    )
  })
})
