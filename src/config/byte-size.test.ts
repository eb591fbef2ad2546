import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { byteSize, parseByteSize } from "./byte-size.ts"

test("sizes have units of a thousand and of 1024, or none", () => {
  expect(["0", "17", "17B", "10KB", "10KiB", "3MB", "3MiB", "2GB", "2GiB"].map(parseByteSize)).toEqual([
    0,
    17,
    17,
    10_000,
    10_240,
    3e6,
    3 * 2 ** 20,
    2e9,
    2 ** 31,
  ])
})

test("anything else is refused", () => {
  for (const text of [
    "",
    "MiB",
    "-1",
    "1.5MiB",
    "1 MiB",
    "1mib",
    "1TB",
    "0x10",
    "1MiB/s",
    "1constructor",
    "9".repeat(13),
  ]) {
    expect(() => parseByteSize(text)).toThrow()
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(Number.isSafeInteger(parseByteSize(text))).toBe(true)
      } catch (error) {
        expect(String(error)).toContain("not a number of bytes")
      }
    }),
  )
})

test("a size below the least that is allowed is refused", () => {
  const { parse } = byteSize("64KiB")
  expect(parse("64KiB")).toBe(65_536)
  expect(() => parse("65535")).toThrow()
})
