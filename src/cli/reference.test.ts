import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { printCommands } from "./reference.ts"

test("docs/commands.md is what the program generates: node scripts/run.mjs scripts/generate-docs.ts", () => {
  expect(readFileSync(join(import.meta.dir, "..", "..", "docs", "commands.md"), "utf8")).toBe(printCommands())
})
