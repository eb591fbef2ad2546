import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRegistryError } from "./errors.ts"
import { addSeconds, parseTimestamp } from "./timestamp.ts"

test.each([
  ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.999Z"],
  ["2026-11-22t09:30:00.5z", "2026-11-22T09:30:00.500Z"],
  ["2026-11-22T09:30:00.123456789+01:00", "2026-11-22T08:30:00.123Z"],
  ["2026-11-22T09:30:00 01:00", "2026-11-22T08:30:00.999Z"],
  ["2026-11-22 09:30", "2026-11-22T09:30:59.999Z"],
  ["2026-11-22T09:30+01:00", "2026-11-22T08:30:59.999Z"],
  ["2026-11-22", "2026-11-22T23:59:59.999Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.999Z"],
])("%s is %s", (text, iso) => {
  expect(new Date(parseTimestamp(text)).toISOString()).toBe(iso)
})

test("a change has happened by the time that is printed of it, and not by the one before", () => {
  const changedAt = Date.parse("2026-11-22T09:30:05.640Z")
  expect(parseTimestamp("2026-11-22T09:30:05.639Z")).toBeLessThan(changedAt)
  for (const [printed, before] of [
    ["2026-11-22 09:30:05", "2026-11-22 09:30:04"],
    ["2026-11-22 09:30", "2026-11-22 09:29"],
    ["2026-11-22", "2026-11-21"],
  ] as const) {
    expect(parseTimestamp(printed)).toBeGreaterThanOrEqual(changedAt)
    expect(parseTimestamp(before)).toBeLessThan(changedAt)
  }
})

test.each([
  "",
  "now",
  "2026-13-01",
  "2026-02-30T00:00:00Z",
  "2026-11-22T25:00:00Z",
  "2026-11-22T09:30:00+1",
  "1795341361170",
])("%p is no time", (text) => {
  expect(() => parseTimestamp(text)).toThrow(/is no time such as/)
})

test("what it prints it reads, and whatever else it refuses in its own words", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
      expect(parseTimestamp(date.toISOString())).toBe(date.getTime())
    }),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(Number.isFinite(parseTimestamp(text))).toBe(true)
      } catch (error) {
        expect(isRegistryError(error) && error.code).toBe("TIME_INVALID")
      }
    }),
  )
})

test("seconds are added as Date adds them", () => {
  const dates = fc.date({ min: new Date(0), max: new Date("9000-12-31T23:59:59Z"), noInvalidDate: true })
  fc.assert(
    fc.property(dates, fc.integer({ min: 0, max: 2 ** 31 }), (date, seconds) => {
      const later = new Date(date.getTime() + seconds * 1000).toISOString()
      expect(addSeconds(date.toISOString(), seconds)).toBe(later)
    }),
    { numRuns: 500 },
  )
  for (const last of ["2024-02-29", "2023-12-31", "2000-02-29", "2100-02-28"]) {
    const time = `${last}T23:59:59.500Z`
    expect(addSeconds(time, 1)).toBe(new Date(Date.parse(time) + 1000).toISOString())
    expect(addSeconds(time, 0)).toBe(time)
  }
})
