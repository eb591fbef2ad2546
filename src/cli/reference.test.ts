import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { listCommands, listNames, printCommands } from "./reference.ts"

test("docs/commands.md is what the program generates: node scripts/run.mjs scripts/generate-docs.ts", () => {
  expect(readFileSync(join(import.meta.dir, "..", "..", "docs", "commands.md"), "utf8")).toBe(printCommands())
})

test("every command that prints a result has --json", () => {
  const withoutResult = ["serve"]
  const commands = listCommands().map((command) => ({
    name: listNames(command).join(" "),
    hasJson: command.options.some(({ long }) => long === "--json"),
  }))
  expect(commands.length).toBeGreaterThan(10)
  expect(commands.filter(({ hasJson }) => !hasJson).map(({ name }) => name)).toEqual(withoutResult)
})
