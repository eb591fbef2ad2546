import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { parseContentRange } from "./content-range.ts"
import { isRegistryError } from "./errors.ts"

test("a chunk without Content-Range says nothing of its place", () => {
  expect(parseContentRange(null)).toBeUndefined()
})

test("every way of writing a range is read to the same two ends", () => {
  const ends = fc.tuple(fc.nat(2 ** 40), fc.nat(2 ** 40)).map(([start, more]) => ({ start, end: start + more }))
  fc.assert(
    fc.property(ends, fc.integer({ min: 1, max: 2 ** 40 }), ({ start, end }, more) => {
      const forms = [
        "S-E",
        "bytes S-E",
        "bytes=S-E",
        "S-E/*",
        "bytes S-E/*",
        "bytes S-E/N",
        "Bytes S-E/N",
        "bYTes=S-E",
        " S-E ",
        "00S-0E",
      ]
      for (const form of forms) {
        const text = form
          .replace("S", String(start))
          .replace("E", String(end))
          .replace("N", String(end + more))
        expect(parseContentRange(text)).toEqual({ start, end })
      }
    }),
  )
})

// A second implementation: splits where the first one matches.
function follows(text: string): boolean {
  const rest = text.trim()
  const unit = rest.slice(0, 6).toLowerCase()
  const unitless = unit === "bytes " || unit === "bytes=" ? rest.slice(6) : rest
  const [range = "", size, ...more] = unitless.split("/")
  const ends = range.split("-")
  const isNumber = (digits: string) =>
    digits !== "" && digits.length <= 15 && digits.split("").every((one) => one >= "0" && one <= "9")
  if (more.length > 0 || (size !== undefined && size !== "*" && !isNumber(size))) return false
  if (size !== undefined && size !== "*" && Number(size) <= Number(ends[1])) return false
  return ends.length === 2 && ends.every(isNumber) && Number(ends[0]) <= Number(ends[1])
}

test("anything else is SIZE_INVALID", () => {
  const piece = fc.constantFrom(
    "0",
    "9",
    "10",
    "-",
    "--",
    "/",
    "*",
    "bytes ",
    "bytes=",
    " ",
    "+",
    "e",
    "1".repeat(16),
    "\n",
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 7 }).map((all) => all.join("")),
        fc.string(),
      ),
      (text) => {
        let range: unknown
        let caught: unknown
        try {
          range = parseContentRange(text)
        } catch (error) {
          caught = error
        }
        expect(range !== undefined).toBe(follows(text))
        if (range === undefined) expect(isRegistryError(caught, "SIZE_INVALID")).toBe(true)
      },
    ),
    { numRuns: 3000 },
  )
})

for (const text of [
  "",
  "-",
  "5-",
  "-5",
  "5-4",
  "0--1",
  "a-b",
  "0-9,20-29",
  "items 0-9/10",
  "bytes 0-9/9",
  "0-0/0",
  `0-${"9".repeat(400)}`,
]) {
  test(`Content-Range ${JSON.stringify(text.slice(0, 20))} is refused`, () => {
    expect(() => parseContentRange(text)).toThrow(/both inclusive/)
  })
}
