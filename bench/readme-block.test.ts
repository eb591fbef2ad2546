import { expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { formatReadmeBlock, type WrittenResults } from "./readme-block.ts"

const root = join(import.meta.dir, "..")

test("the README quotes committed runs, figure for figure", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const quoted = /<!-- bench:begin -->\n([^]*)\n<!-- bench:end -->/.exec(readme)?.[1] ?? ""
  const runs = [...quoted.matchAll(/\[All figures\]\(([^)]+)\)/g)].map(([, json = ""]) => json)
  expect(runs).not.toBeEmpty()
  const blocks = runs.map((json) => {
    const chart = json.replace(/\.json$/, ".svg")
    expect(existsSync(join(root, chart))).toBe(true)
    const results = JSON.parse(readFileSync(join(root, json), "utf8")) as WrittenResults
    return formatReadmeBlock(results, { json, chart })
  })
  expect(quoted).toBe(blocks.join("\n\n"))
})
