import { expect, test } from "bun:test"
import { describeDeletion } from "./deletion.ts"
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
