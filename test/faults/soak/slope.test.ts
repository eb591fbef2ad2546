import { expect, test } from "bun:test"
import { slopePerHour } from "./slope.ts"

const minutes = Array.from({ length: 60 }, (_, at) => at / 60)

test("what grows evenly has the slope that it grows by, also with outliers", () => {
  const points = minutes.map((hours, at) => ({ hours, value: 100 + 6 * hours + (at % 10 === 0 ? 500 : 0) }))
  expect(slopePerHour(points)).toBeCloseTo(6, 0)
})

test("what goes up and down has none, and nothing has none", () => {
  const points = minutes.map((hours, at) => ({ hours, value: at % 2 }))
  expect(Math.abs(slopePerHour(points))).toBeLessThan(0.1)
  expect(slopePerHour([])).toBe(0)
  expect(slopePerHour([{ hours: 1, value: 5 }])).toBe(0)
})
