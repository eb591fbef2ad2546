import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isClean, readReport, type Totals } from "./official-report.ts"

const RESULT = join(import.meta.dir, "official-result.json")

interface OfficialResult {
  program: string
  commit: string
  date: string
  version: string
  totals: Totals
}

describe("the official conformance program", () => {
  test.skipIf(!existsSync(RESULT))("its committed result, of the dev version, has no failure, error or skip", () => {
    const result = JSON.parse(readFileSync(RESULT, "utf8")) as OfficialResult
    expect(result.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(result.version).toBe("dev")
    expect(Number.isNaN(Date.parse(result.date))).toBe(false)
    expect(result.totals).toMatchObject({ FAIL: 0, Error: 0, Skip: 0 })
    expect(result.totals.Pass).toBeGreaterThan(900)
    expect(result.totals.Pass + result.totals.Disabled).toBe(result.totals.Total)
  })
})

const OUTPUT = `Test results
OCI Conformance Test: FAIL
  OCI Conformance Test/ping: Pass
  OCI Conformance Test/sha256 blobs: FAIL
    OCI Conformance Test/sha256 blobs/post only: FAIL
     - no digest
     - no length
    OCI Conformance Test/sha256 blobs/mount: Skip

OCI Conformance Result: FAIL
  Disabled......................:          0
  Skip..........................:          1
  Pass..........................:          1
  FAIL..........................:          1
  Error.........................:          0
  Total.........................:          3
`

const RESULTS = "apis:\n  Ping: Pass\n  Blob post only: FAIL\ndata:\n  Sparse Manifests: Disabled\n"

describe("readReport()", () => {
  test("gives the totals and the tests that did not pass, each with its reasons", () => {
    const report = readReport(OUTPUT, RESULTS)
    expect(report.totals).toEqual({ Disabled: 0, Skip: 1, Pass: 1, FAIL: 1, Error: 0, Total: 3 })
    expect(report.failures).toEqual([
      "Blob post only: FAIL",
      "sha256 blobs/post only: FAIL - no digest - no length",
      "sha256 blobs/mount: Skip",
    ])
  })

  test("a report is clean when everything passed, and not when nothing ran", () => {
    const totals = { Disabled: 0, Skip: 0, Pass: 3, FAIL: 0, Error: 0, Total: 3 }
    expect(isClean({ totals, failures: [] })).toBe(true)
    expect(isClean({ totals: { ...totals, Skip: 1 }, failures: [] })).toBe(false)
    expect(isClean({ totals: { ...totals, Pass: 0, Total: 0 }, failures: [] })).toBe(false)
    expect(isClean({ totals, failures: ["Ping: FAIL"] })).toBe(false)
  })

  test("a program that printed no totals is an error", () => {
    expect(() => readReport("failed to load config", RESULTS)).toThrow("no total of Disabled")
  })
})
