import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { editDistance, findNearest } from "./nearest-key.ts"

test("findNearest() finds the word with a letter missing, doubled, wrong or swapped", () => {
  for (const slip of ["upload", "uploadss", "uplaods", "uploabs"])
    expect(findNearest(slip, ["stall", "uploads", "ranges"])).toBe("uploads")
})

test("findNearest() gives nothing where nothing is known", () => {
  expect(findNearest("word", [])).toBeUndefined()
})

test("editDistance() counts one for each slip", () => {
  expect(editDistance("", "abc")).toBe(3)
  expect(editDistance("abc", "acb")).toBe(1)
  expect(editDistance("addr", "adr")).toBe(1)
})

test("editDistance() is zero for the same word only, and the same both ways", () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (one, other) => {
      const distance = editDistance(one, other)
      expect(distance === 0).toBe(one === other)
      expect(editDistance(other, one)).toBe(distance)
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
    }),
  )
})
