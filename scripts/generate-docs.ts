// Writes the generated pages of docs, and the totals of PROMISES.md: `node scripts/run.mjs scripts/generate-docs.ts`. A unit test tells when they are old.
import { join } from "node:path"
import { printCommands } from "../src/cli/reference.ts"
import { printReference } from "../src/config/reference.ts"
import { printDifferences } from "../test/differential/intended.ts"
import { readSums } from "../test/faults/saved-totals.ts"
import { stateTotals } from "../test/faults/stated-totals.ts"

const DOCS = join(import.meta.dir, "..", "docs")

await Bun.write(join(DOCS, "commands.md"), printCommands())
await Bun.write(join(DOCS, "configuration.md"), printReference())
await Bun.write(join(import.meta.dir, "..", "docs", "differences.md"), printDifferences())

const PROMISES = join(import.meta.dir, "..", "PROMISES.md")
await Bun.write(PROMISES, stateTotals(await Bun.file(PROMISES).text(), readSums()))
