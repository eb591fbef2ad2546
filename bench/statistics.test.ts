import { expect, test } from "bun:test"
import { findMedian, findPercentile, summarize } from "./statistics.ts"

test("the median of an odd number of values is the middle one, of an even number the mean of two", () => {
  expect(findMedian([9, 1, 5])).toBe(5)
  expect(findMedian([1, 2, 3, 10])).toBe(2.5)
})

test("a percentile is the nearest rank, whatever the order of the values", () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)
  expect(findPercentile(values, 50)).toBe(100)
  expect(findPercentile(values, 99)).toBe(198)
  expect(findPercentile([7], 99)).toBe(7)
})

test("a summary names the extremes beside the median", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
})

test("nothing measured is an error, never a zero", () => {
  expect(() => findMedian([])).toThrow("no values")
  expect(() => findPercentile([], 50)).toThrow("no values")
})
