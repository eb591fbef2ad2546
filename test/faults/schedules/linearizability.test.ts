import { describe, expect, test } from "bun:test"
import type { Call } from "./call.ts"
import { findOrder, type Observed } from "./linearizability.ts"
import { createModel } from "./model.ts"

const put = (manifest: "one" | "two"): Call => ({ verb: "put", repository: "a", manifest, tag: "latest" })
const RESOLVE: Call = { verb: "resolve", repository: "a", tag: "latest" }
const UNTAG: Call = { verb: "untag", repository: "a", tag: "latest" }
const LIST: Call = { verb: "list", repository: "a" }
const DELETE: Call = { verb: "delete", repository: "a", manifest: "one" }
const RESTORE: Call = { verb: "restoreTag", repository: "a", tag: "latest" }
const HEAD: Call = { verb: "head", repository: "a", blob: "z" }

const CONTENT = ["repository a", "link a x", "link a y", "link a z"]

/** `[began, ended, call, outcome]` of one client each. */
type Line = readonly [number, number, Call, string]

function isExplained(lines: readonly Line[], initial: readonly string[] = CONTENT): boolean {
  const history: Observed<Call>[] = lines.map(([began, ended, call, outcome], client) => {
    return { client: `${client}`, call, outcome, began, ended }
  })
  return findOrder(history, createModel(new Set(initial), { restores: true })) !== undefined
}

const ONE_TAG = "0 manifests, 1 tags, kept , missing "

const ACCEPTED: Record<string, readonly Line[]> = {
  "nothing at all": [],
  "a read after a write": [
    [0, 1, put("one"), "ok"],
    [2, 3, RESOLVE, "ok one"],
  ],
  "a read beside a write sees what was before": [
    [0, 3, put("one"), "ok"],
    [1, 2, RESOLVE, "TAG_UNKNOWN"],
  ],
  "a read beside a write sees what comes": [
    [0, 3, put("one"), "ok"],
    [1, 2, RESOLVE, "ok one"],
  ],
  "the write that ended first is the one that counts": [
    [0, 5, put("one"), "ok"],
    [1, 4, put("two"), "ok"],
    [6, 7, RESOLVE, "ok one"],
  ],
  "two readers see two writes in the same order": [
    [0, 9, put("one"), "ok"],
    [1, 8, put("two"), "ok"],
    [2, 3, RESOLVE, "ok two"],
    [4, 5, RESOLVE, "ok one"],
    [6, 7, RESOLVE, "ok one"],
  ],
  "of two deletions at once one finds nothing": [
    [0, 1, put("one"), "ok"],
    [2, 5, UNTAG, "ok"],
    [3, 4, UNTAG, "TAG_UNKNOWN"],
  ],
  "a digest goes with its tags": [
    [0, 1, put("one"), "ok"],
    [2, 3, DELETE, "ok"],
    [4, 5, RESOLVE, "TAG_UNKNOWN"],
    [6, 7, LIST, "ok "],
  ],
  "a tag is restored twice: a change and its undoing": [
    [0, 1, put("one"), "ok"],
    [2, 3, put("two"), "ok"],
    [4, 5, RESTORE, `ok one: ${ONE_TAG}`],
    [6, 7, RESTORE, `ok two: ${ONE_TAG}`],
    [8, 9, RESOLVE, "ok two"],
  ],
}

const REJECTED: Record<string, readonly Line[]> = {
  "a write that is lost": [
    [0, 1, put("one"), "ok"],
    [2, 3, RESOLVE, "TAG_UNKNOWN"],
  ],
  "a read of what nobody wrote": [[0, 1, RESOLVE, "ok one"]],
  "a stale read": [
    [0, 1, put("one"), "ok"],
    [2, 3, put("two"), "ok"],
    [4, 5, RESOLVE, "ok one"],
  ],
  "a value that comes back": [
    [0, 1, put("one"), "ok"],
    [2, 9, put("two"), "ok"],
    [3, 4, RESOLVE, "ok two"],
    [5, 6, RESOLVE, "ok one"],
  ],
  "two readers who see two writes in different orders": [
    [0, 11, put("one"), "ok"],
    [1, 10, put("two"), "ok"],
    [2, 3, RESOLVE, "ok one"],
    [4, 5, RESOLVE, "ok two"],
    [6, 7, RESOLVE, "ok one"],
  ],
  "two deletions of one tag": [
    [0, 1, put("one"), "ok"],
    [2, 5, UNTAG, "ok"],
    [3, 4, UNTAG, "ok"],
  ],
  "a list that leaves a tag out": [
    [0, 1, put("one"), "ok"],
    [2, 3, LIST, "ok "],
  ],
  "a tag that outlives its manifest": [
    [0, 1, put("one"), "ok"],
    [2, 3, DELETE, "ok"],
    [4, 5, RESOLVE, "ok one"],
  ],
  "a write that a restoration takes for the one before": [
    [0, 1, put("one"), "ok"],
    [2, 3, UNTAG, "ok"],
    [4, 9, RESTORE, `ok one: ${ONE_TAG}`],
    [5, 6, put("two"), "ok"],
    [7, 8, RESOLVE, "ok two"],
    [10, 11, RESOLVE, "ok one"],
  ],
  "a restoration of what was never there": [[0, 1, RESTORE, `ok one: ${ONE_TAG}`]],
  "a manifest without its layers": [[0, 1, { verb: "put", repository: "b", manifest: "one" }, "ok"]],
  "a manifest that is refused with all its layers there": [[0, 1, put("one"), "MANIFEST_REFERENCE_UNKNOWN"]],
  "an outcome of no kind": [[0, 1, RESOLVE, "STORAGE_FAILED"]],
}

describe("an order is found for", () => {
  for (const [name, lines] of Object.entries(ACCEPTED)) test(name, () => expect(isExplained(lines)).toBe(true))
})

describe("no order is found for", () => {
  for (const [name, lines] of Object.entries(REJECTED)) test(name, () => expect(isExplained(lines)).toBe(false))
})

describe("a blob that nobody was told of for a long time", () => {
  const old = [...CONTENT, "old a z"]

  test("may be gone", () => expect(isExplained([[0, 1, HEAD, "BLOB_UNKNOWN"]], old)).toBe(true))

  test("stays once somebody was told of it", () => {
    expect(
      isExplained(
        [
          [0, 1, HEAD, "ok"],
          [2, 3, HEAD, "BLOB_UNKNOWN"],
        ],
        old,
      ),
    ).toBe(false)
  })

  test("does not come back by itself", () => {
    expect(
      isExplained(
        [
          [0, 1, HEAD, "BLOB_UNKNOWN"],
          [2, 3, HEAD, "ok"],
        ],
        old,
      ),
    ).toBe(false)
  })

  test("is held by a manifest that names it", () => {
    expect(isExplained([[0, 1, HEAD, "BLOB_UNKNOWN"]], [...old, "manifest a two"])).toBe(false)
  })
})
