// Writes the generated pages of docs: `node scripts/run.mjs scripts/generate-docs.ts`. A unit test tells when they are old.
import { join } from "node:path"
import { printReference } from "../src/config/reference.ts"
import { printDifferences } from "../test/differential/intended.ts"

await Bun.write(join(import.meta.dir, "..", "docs", "configuration.md"), printReference())
await Bun.write(join(import.meta.dir, "..", "docs", "differences.md"), printDifferences())
