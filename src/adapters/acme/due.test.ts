import { describe, expect, test } from "bun:test"
import { findDue, findRetrySeconds } from "./due.ts"

const DAY_MS = 86_400_000
const BEGIN = Date.UTC(2026, 10, 1)
const certificate = {
  validFromDate: new Date(BEGIN),
  validToDate: new Date(BEGIN + 90 * DAY_MS),
  checkHost: (host: string) => (host === "a.example" ? host : undefined),
}

describe("a certificate", () => {
  test("is replaced when a third of its life is left", () => {
    expect(findDue(certificate, { hosts: ["a.example"], chance: 0 })).toBe(BEGIN + 60 * DAY_MS)
  })

  test("is replaced some days earlier on one server than on another", () => {
    const last = findDue(certificate, { hosts: ["a.example"], chance: 1 })
    expect(last).toBeGreaterThan(BEGIN + 55 * DAY_MS)
    expect(last).toBeLessThan(BEGIN + 56 * DAY_MS)
  })

  test("is replaced at once when a host has been added to the configuration", () => {
    expect(findDue(certificate, { hosts: ["a.example", "b.example"], chance: 0 })).toBe(0)
  })
})

describe("after a failure", () => {
  test("the wait grows to some hours, and no further", () => {
    const waits = [1, 2, 3, 4, 5, 6, 50].map((failures) => findRetrySeconds(failures, 0))
    expect(waits).toEqual([60, 240, 960, 3840, 15_360, 21_600, 21_600])
  })

  test("fewer than five attempts fall into an hour, whatever chance says", () => {
    for (const chance of [0, 0.5, 1]) {
      const waits = [1, 2, 3, 4].map((failures) => findRetrySeconds(failures, chance))
      expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(3600)
    }
  })
})
