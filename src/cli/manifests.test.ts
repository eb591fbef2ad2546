import { expect, test } from "bun:test"
import { describeManifest } from "./manifests.ts"

test("what is shown before a deletion says how many manifests stay, one or more", () => {
  const nothing = { tags: [], tagCount: 0, manifestCount: 1, deletedCount: 0, blobCount: 0, freeableBytes: 0 }
  const describe = (childCount: number) =>
    describeManifest({ ...nothing, digest: "sha256:aa", indexes: [], childCount })
  expect(describe(0)).not.toContain("that it names")
  expect(describe(1)).toEndWith("  1 manifest that it names stays\n")
  expect(describe(2)).toEndWith("  2 manifests that it names stay\n")
})
