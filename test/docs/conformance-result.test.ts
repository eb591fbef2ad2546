import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const ROOT = join(import.meta.dir, "..", "..")
const RESULT = join(ROOT, "test", "conformance", "official-result.json")

interface OfficialResult {
  commit: string
  date: string
  version: string
  totals: { Pass: number; Disabled: number; Total: number }
}

test("README.md states the committed result of the official conformance program, and none where there is none", () => {
  const stated = /<!-- conformance:begin -->\n(.*?)<!-- conformance:end -->/s.exec(readReadme())?.[1]?.trim()
  expect(stated).toBe(existsSync(RESULT) ? describeResult() : "")
})

function describeResult(): string {
  const { commit, date, version, totals } = JSON.parse(readFileSync(RESULT, "utf8")) as OfficialResult
  return (
    `The official program of the distribution-spec (version ${version}, commit ${commit.slice(0, 12)}) passed ` +
    `${totals.Pass} of ${totals.Total - totals.Disabled} tests on ${date.slice(0, 10)}.`
  )
}

function readReadme(): string {
  return readFileSync(join(ROOT, "README.md"), "utf8")
}
