import { expect, test } from "bun:test"
import { readFile, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import { createFile } from "./output.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

test("of two commands that write the same file the later one writes it, whole, and the other is told", async () => {
  using scratch = createScratch("berth-output")
  const path = join(scratch.path, "backup")
  const first = await createFile(path, { replaces: false })
  await first.write(bytes("first, and longer"))
  const second = await createFile(path, { replaces: false })
  await second.write(bytes("second"))
  const answer = await first.finish().catch((error: Error) => error.message)
  expect(answer).toBe(`another command writes ${path} at the same time`)
  await first.discard()
  await second.finish()
  expect(await readFile(path, "utf8")).toBe("second")
  expect(await readdir(scratch.path)).toEqual(["backup"])
})

test("what a killed command left is no obstacle, and nothing of it is in the file", async () => {
  using scratch = createScratch("berth-output")
  const path = join(scratch.path, "backup")
  await writeFile(`${path}.partial`, "half of what somebody wanted to write")
  const file = await createFile(path, { replaces: false })
  await file.write(bytes("whole"))
  await file.finish()
  expect(await readFile(path, "utf8")).toBe("whole")
})
