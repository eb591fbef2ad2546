import { expect, test } from "bun:test"
import { join } from "node:path"
import { printReference } from "./reference.ts"

const PAGE = join(import.meta.dir, "..", "..", "docs", "configuration.md")

test("docs/configuration.md is what scripts/generate-docs.ts writes", async () => {
  expect(await Bun.file(PAGE).text()).toBe(printReference())
})
