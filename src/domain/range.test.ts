import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseByteRanges, type ByteRange } from "./range.ts"

// A second implementation of RFC 9110, section 14.1.2: it marks each byte that is asked for.
function mark(spec: string, size: number): ByteRange | undefined {
  const [first = "", last = ""] = spec.split("-")
  const isAsked = (at: number) =>
    first === "" ? at >= size - Number(last) : at >= Number(first) && (last === "" || at <= Number(last))
  const asked = Array.from({ length: size }, (_, at) => at).filter(isAsked)
  return asked[0] === undefined ? undefined : { start: asked[0], length: asked.length }
}

const spec = fc
  .tuple(fc.option(fc.nat(80), { nil: "" }), fc.option(fc.nat(80), { nil: "" }))
  .filter(([first, last]) => first !== "" || last !== "")
  .map(([first, last]) => `${first}-${last}`)

test("the ranges are the bytes that RFC 9110 says, in the order asked for", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 5 }), fc.nat(64), (specs, size) => {
      const expected = specs.map((one) => mark(one, size)).filter((one) => one !== undefined)
      const askedBytes = expected.reduce((sum, { length }) => sum + length, 0)
      const answer = expected.length === 0 ? "unsatisfiable" : askedBytes > size ? undefined : expected
      expect(parseByteRanges(`bytes=${specs.join(", ")}`, size, 5)).toEqual(answer)
    }),
    { numRuns: 3000 },
  )
})

test("every range lies within the stored bytes and is not empty, whatever the header", () => {
  const piece = fc.constantFrom(
    "bytes=",
    "0",
    "5",
    "99",
    "9".repeat(15),
    "9".repeat(30),
    "-",
    ",",
    " ",
    "x",
    "\t",
    "\ud800",
  )
  const header = fc.oneof(
    fc.array(piece, { maxLength: 10 }).map((all) => `bytes=${all.join("")}`),
    fc.string({ unit: "binary" }),
  )
  fc.assert(
    fc.property(header, fc.nat(100), fc.nat(6), (text, size, maximum) => {
      const ranges = parseByteRanges(text, size, maximum)
      if (ranges === undefined || ranges === "unsatisfiable") return
      expect(ranges.length).toBeLessThanOrEqual(maximum)
      for (const { start, length } of ranges) {
        expect(Number.isSafeInteger(start) && start >= 0 && length > 0 && start + length <= size).toBe(true)
      }
    }),
    { numRuns: 3000 },
  )
})

const WHOLE = [
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=a-b",
  "bytes=1-2x",
  "lines=0-1",
  "bytes=0-1,",
  "bytes=+1-2",
  "bytes=1--2",
]

for (const text of WHOLE) {
  test(`Range ${JSON.stringify(text)} is passed over`, () => {
    expect(parseByteRanges(text, 10, 5)).toBeUndefined()
  })
}

for (const text of ["bytes=10-", "bytes=500-0", "bytes=-0", "bytes=10-20,30-"]) {
  test(`Range ${JSON.stringify(text)} cannot be satisfied by ten bytes`, () => {
    expect(parseByteRanges(text, 10, 5)).toBe("unsatisfiable")
  })
}

test("an end of any number of digits means the end of the blob", () => {
  expect(parseByteRanges("bytes=3-9223372036854775807", 10, 5)).toEqual([{ start: 3, length: 7 }])
  expect(parseByteRanges(`bytes=-${"9".repeat(400)}`, 10, 5)).toEqual([{ start: 0, length: 10 }])
  expect(parseByteRanges(`bytes=${"9".repeat(400)}-`, 10, 5)).toBe("unsatisfiable")
})

test("more ranges than the maximum are answered with the whole", () => {
  expect(parseByteRanges("bytes=0-0,1-1,2-2", 10, 2)).toBeUndefined()
  expect(parseByteRanges(`bytes=${"0-0,".repeat(100_000)}0-0`, 10, 2)).toBeUndefined()
})

test("ranges that together are more than the blob are answered with the whole", () => {
  expect(parseByteRanges("bytes=0-9,0-9", 10, 5)).toBeUndefined()
  expect(parseByteRanges("bytes=0-4,5-9", 10, 5)).toHaveLength(2)
})

test("the unit is read in any case", () => {
  expect(parseByteRanges("BYTES=0-0", 10, 5)).toEqual([{ start: 0, length: 1 }])
})
