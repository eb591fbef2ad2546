// Writes the figures of one run or several between the README's markers:
// `node scripts/run.mjs bench/readme.ts bench/results/NAME.json …`.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { formatReadmeBlock, type WrittenResults } from "./readme-block.ts"

const runs = process.argv.slice(2)
if (runs.length === 0) throw new Error("usage: bench/readme.ts bench/results/NAME.json …")
const readme = join(import.meta.dir, "..", "README.md")
const blocks = runs.map((json) => {
  const results = JSON.parse(readFileSync(json, "utf8")) as WrittenResults
  return formatReadmeBlock(results, { json, chart: json.replace(/\.json$/, ".svg") })
})
const text = readFileSync(readme, "utf8")
writeFileSync(
  readme,
  text.replace(/(<!-- bench:begin -->\n)[^]*(<!-- bench:end -->)/, (_, begin: string, end: string) =>
    [begin, blocks.join("\n\n"), "\n", end].join(""),
  ),
)
