import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRegistryError } from "./errors.ts"
import { parsePageSize } from "./page.ts"

test("a listing without n has no page size of its own", () => {
  expect(parsePageSize([], 1000)).toBeUndefined()
})

test("a decimal number is the page size, up to the maximum", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.nat(100_000), (n, maximum) => {
      expect(parsePageSize([String(n)], maximum)).toBe(Number(n < BigInt(maximum) ? n : BigInt(maximum)))
    }),
  )
})

test("n=0 asks for nothing, and the largest 64-bit number for the maximum", () => {
  expect(parsePageSize(["0"], 1000)).toBe(0)
  expect(parsePageSize(["9223372036854775807"], 1000)).toBe(1000)
})

const REFUSED = [
  ["", " ", "-1", "+1", "abc", "1.5", "1e3", "0x10", "1_000", " 1", "1 ", "1\n", "NaN", "Infinity", "１", "٣", "null"],
  ["9".repeat(40), "1,2", "\ud800", "__proto__"],
].flat()

for (const text of REFUSED) {
  test(`n=${JSON.stringify(text)} is refused`, () => {
    let caught: unknown
    try {
      parsePageSize([text], 1000)
    } catch (error) {
      caught = error
    }
    expect(isRegistryError(caught, "PAGE_SIZE_INVALID")).toBe(true)
  })
}

test("n given twice is refused, even when both are the same", () => {
  expect(() => parsePageSize(["5", "5"], 1000)).toThrow(/one decimal number/)
})
