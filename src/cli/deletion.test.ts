import { describe, expect, test } from "bun:test"
import type { CliDependencies } from "./dependencies.ts"
import { confirm, describeDeletion, describeUndo } from "./deletion.ts"
import { printBytes } from "./table.ts"

test.each([
  [0, "  tags       0\n"],
  [1, "  tags       1 (v0)\n"],
  [10, "  tags       10 (v0, v1, v2, v3, v4, v5, v6, v7, v8, v9)\n"],
  [1500, "  tags       1500 (v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, and 1490 more)\n"],
])("of %d tags the first ten are named, and how many more there are", (tagCount, line) => {
  const tags = Array.from({ length: Math.min(tagCount, 100) }, (_, index) => `v${index}`)
  expect(
    describeDeletion({ tagCount, tags, manifestCount: 1, deletedCount: 0, blobCount: 2, freeableBytes: 2048 }),
  ).toBe(`${line}  manifests  1\n  to free    2.0 KiB in 2 blobs that nothing else uses, by garbage collection\n`)
})

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [150 * 1024, "150 KiB"],
  [2 ** 40 * 1.5, "1.5 TiB"],
  [2 ** 70, "1048576 PiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(printBytes(bytes)).toBe(text)
})

describe("a question", () => {
  async function answer(typed: string | undefined, isTerminal = true) {
    let err = ""
    const deps = { isTerminal, ask: async () => typed, err: (text: string) => void (err += text) }
    const code = await confirm(deps as unknown as CliDependencies, {})
    return { code, err }
  }

  test.each(["y", "Yes", " yes "])("is answered by %p", async (typed) => {
    expect(await answer(typed)).toEqual({ code: undefined, err: "" })
  })

  test("that is answered by anything else, or by nobody, deletes nothing", async () => {
    expect(await answer("")).toEqual({ code: 2, err: "berth: nothing is deleted\n" })
    expect(await answer("y", false)).toEqual({ code: 2, err: "berth: nothing is deleted: add --yes to do it\n" })
  })

  test("that is left by Ctrl-C or Ctrl-D deletes nothing, says so on a line of its own, and ends as shells expect", async () => {
    expect(await answer(undefined)).toEqual({ code: 130, err: "\nberth: nothing is deleted\n" })
  })
})

describe("what is said after a deletion", () => {
  const command = "berth manifest restore team/app@sha256:ab"

  test("names the tags that went together, and come back together", () => {
    expect(describeUndo({}, { command, tags: { tagCount: 2, tags: ["a", "b"] } })).toBe(
      `berth: until its grace period is over, ${command} brings it back, with the tags a, b\n`,
    )
    expect(describeUndo({}, { command, tags: { tagCount: 1, tags: ["a"] } })).toEndWith("brings it back\n")
  })

  test("for good warns that collecting at once ends every other undo as well", () => {
    const said = describeUndo({ purge: true }, { command })
    expect(said).toContain("nothing else that was deleted can be restored after it either")
    expect(said).not.toContain("--yes")
  })
})
