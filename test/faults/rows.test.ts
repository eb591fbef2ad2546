import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { rows } from "./rows.ts"

const ROOT = join(import.meta.dir, "..", "..")

/** Where a name begins: of a test, of a group, or of one in a table of them. */
const TEST = /(?:test|describe|each)\b.*[("`]|^ *\]\)\("|^ *(?:"[^"]+"|`[^`]+`|\[?"[^"]*")[:,]|^ *"/

const count = (prefix: RegExp) => rows.filter(({ id }) => prefix.test(id)).length

/** What is wrong with the place of a test; `undefined` when there is such a test. */
function findFault(place: string): string | undefined {
  const [file = "", name = ""] = place.split(" > ")
  const path = join(ROOT, file)
  if (!existsSync(path)) return `${file} is not there`
  const lines = readFileSync(path, "utf8").split("\n")
  // A row of the table of bad inputs is a test by its id.
  const isTest = /^B\d/.test(name)
    ? (line: string) => line.includes(`id: "${name}"`)
    : (line: string) => line.includes(name) && TEST.test(line) && !/\.(?:skip|todo|only)\b/.test(line)
  return name.length > 1 && lines.some(isTest) ? undefined : `${file} has no test "${name}"`
}

test("every promise, rule, trap, loss, bad input and goal has one row", () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  expect([count(/^D\d/), count(/^C\d/), count(/^S\d/), count(/^B\d/), count(/^goal/)]).toEqual([9, 9, 14, 73, 17])
  expect([count(/^rule: /), count(/^trap: /)]).toEqual([10, 13])
  expect(rows).toHaveLength(9 + 9 + 14 + 73 + 17 + 18 + 10 + 13)
})

test("every row has a test that is there, or says what it waits for", () => {
  expect(rows.filter(({ tests, waitsFor }) => tests.length === 0 && waitsFor === undefined)).toEqual([])
  expect(
    rows.flatMap(({ id, tests }) => tests.map((each) => [id, findFault(each)])).filter(([, fault]) => fault),
  ).toEqual([])
})

test("a test that is renamed or removed is missed", () => {
  expect(findFault("test/faults/kill.test.ts > kills that nobody tests")).toContain("has no test")
  expect(findFault("test/faults/none.test.ts > x")).toBe("test/faults/none.test.ts is not there")
})
