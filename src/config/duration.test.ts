import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { InvalidValueError } from "./config-error.ts"
import { parseDistributionDuration, parseDuration, parseLongDuration, withUnit } from "./duration.ts"

describe("parseDuration()", () => {
  test.each([
    ["0", 0],
    ["90s", 90],
    ["1h30m", 5400],
    ["500ms", 0.5],
    ["7ms", 0.007],
    ["1.5h", 5400],
    [".5s", 0.5],
    ["2us", 0.000002],
    ["2µs", 0.000002],
    ["168h", 604_800],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test.each(["", "5", "1 h", "-1s", "1d", "h", "1h30", "1H", "9223372037s", "1e3s"])("refuses %p", (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidValueError)
  })

  test("reads back whatever is written in whole units", () => {
    const parts = fc.record({ h: fc.nat(10_000), m: fc.nat(59), s: fc.nat(59), ms: fc.nat(999) })
    fc.assert(
      fc.property(parts, ({ h, m, s, ms }) => {
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`)).toBeCloseTo(h * 3600 + m * 60 + s + ms / 1000, 6)
      }),
    )
  })

  test("gives a number that is not negative, or refuses", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.hmsnuµ-]{0,12}$/))
    fc.assert(
      fc.property(text, (input) => {
        try {
          expect(parseDuration(input)).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidValueError)
        }
      }),
    )
  })
})

describe("parseLongDuration()", () => {
  test.each([
    ["90d", 7_776_000],
    ["2w", 1_209_600],
    ["1w2d3h", 788_400],
    ["1.5d", 129_600],
    ["1h30m", 5400],
    ["500ms", 0.5],
    ["0", 0],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(parseLongDuration(text)).toBe(seconds)
  })

  test.each(["", "5", "1 d", "-1d", "1D", "d", "1d5", "1y", "106752d"])("refuses %p", (text) => {
    expect(() => parseLongDuration(text)).toThrow(InvalidValueError)
  })
})

test("parseDistributionDuration() reads a bare number as nanoseconds", () => {
  expect(parseDistributionDuration("1500000000")).toBe(1.5)
  expect(parseDistributionDuration("24h")).toBe(86_400)
})

describe("withUnit()", () => {
  test("shows a number of nanoseconds as one reads it", () => {
    const numbers = ["1000000000", "1500000000", "250000000", "3000", "30", "0", "90s"]
    expect(numbers.map(withUnit)).toEqual(["1s", "1.5s", "250ms", "3us", "30ns", "0s", "90s"])
  })

  test("says the same duration", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (nanoseconds) => {
        const text = `${nanoseconds}`
        expect(parseDuration(withUnit(text))).toBeCloseTo(parseDistributionDuration(text), 9)
      }),
    )
  })
})
