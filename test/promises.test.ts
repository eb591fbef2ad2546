// PROMISES.md says what there is: its commands can be typed, test what they say, and no promise is left out.
import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { listPromises, readCommand } from "./docs/promises.ts"
import { rows } from "./faults/rows.ts"
import { readSums } from "./faults/saved-totals.ts"
import { stateTotals } from "./faults/stated-totals.ts"
import { techniques } from "./faults/techniques.ts"

const ROOT = join(import.meta.dir, "..")
const PAGE = readFileSync(join(ROOT, "PROMISES.md"), "utf8")
const PROMISED = listPromises(PAGE)
const TECHNIQUES = new Map(techniques.map((technique) => [technique.name, technique]))
const promises = rows.filter(({ id }) => /^[DCS]\d+$/.test(id))
const [, WAITING = ""] = PAGE.split("## What waits")

/** What is wrong with it, in words; empty when it can be typed. */
function findFaults(command: string): string[] {
  const { files, techniques: names } = readCommand(command)
  if (files.length + names.length === 0) return [`${command} runs neither tests nor a technique`]
  return [
    ...files.filter((file) => !existsSync(join(ROOT, file))).map((file) => `${file} is not there`),
    ...names.filter((name) => !TECHNIQUES.has(name)).map((name) => `there is no technique ${name}`),
  ]
}

describe("PROMISES.md", () => {
  test("has every promise that has a test, once and in order, and no other", () => {
    expect(PROMISED.map(({ id }) => id)).toEqual(promises.filter(({ tests }) => tests.length > 0).map(({ id }) => id))
  })

  test("has a command for each, that can be typed", () => {
    expect(PROMISED.filter(({ commands }) => commands.length === 0)).toEqual([])
    expect(PROMISED.flatMap(({ commands }) => commands.flatMap(findFaults))).toEqual([])
    const inText = PAGE.match(/(?<=`)npm (?:test|run torture) -- [^`]*(?:\/|--only)[^`]*(?=`)/g) ?? []
    expect(inText.length).toBeGreaterThan(PROMISED.length)
    expect(inText.flatMap(findFaults)).toEqual([])
  })

  test.each(PROMISED)("$id is tested by a test that stands in its row, or by a technique", ({ id, commands }) => {
    const read = commands.map(readCommand)
    const files = read.flatMap((each) => each.files)
    const tests = rows.find((row) => row.id === id)?.tests ?? []
    const isNamed = tests.some((place) => files.some((file) => place.startsWith(file)))
    expect(isNamed || read.some((each) => each.techniques.length > 0)).toBe(true)
  })

  test("says what waits, and for what", () => {
    for (const { id, waitsFor = [] } of promises)
      for (const missing of waitsFor)
        expect(WAITING).toMatch(new RegExp(`^\\| [^|]*${missing}[^|]* \\| [^|]*\\b${id}\\b`, "m"))
  })

  test("has the totals of what was saved: node scripts/run.mjs scripts/generate-docs.ts", () => {
    expect(PAGE).toBe(stateTotals(PAGE, readSums()))
  })

  test("npm run promises runs the commands of those that it is given, and tells what came of them", async () => {
    const run = async (id: string) => {
      const script = [process.execPath, join(ROOT, "scripts", "promises.ts"), id]
      const child = Bun.spawn(script, { stdin: "ignore", stdout: "pipe", stderr: "pipe" })
      const output = await new Response(child.stdout).text()
      return { code: await child.exited, output }
    }
    const { code, output } = await run("S12")
    expect(output).toMatch(/^S12 +passed +\d+ +npm test -- /m)
    expect(output).toContain("\n1 promises, 1 commands, 0 failed\n")
    expect(code).toBe(0)
    expect((await run("X1")).code).toBe(2)
  }, 120_000)

  test("a command that tests nothing is found out", () => {
    expect(findFaults("npm start")).toHaveLength(1)
    expect(findFaults("npm test -- test/none.test.ts")).toEqual(["test/none.test.ts is not there"])
    expect(findFaults("npm run torture -- --only none --minutes 1 --seed 1")).toEqual(["there is no technique none"])
  })
})
