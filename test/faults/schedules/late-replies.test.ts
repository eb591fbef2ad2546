import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { startBerth, type Berth } from "../../support/berth.ts"
import type { Call } from "./call.ts"
import { drop, head, list, pull, push, put, referrers, remove, resolve, unlink, untag } from "./events.ts"
import { createHttpCaller } from "./over-http.ts"

/** A change, by what somebody sees it before it is answered, and what nobody may see then. */
interface Glimpse {
  change: Call
  seen: readonly [Call, string]
  after: readonly [Call, string][]
}

const GLIMPSES: Record<string, Glimpse> = {
  "a tag is deleted": { change: untag("latest"), seen: [list, "ok "], after: [[resolve("latest"), "TAG_UNKNOWN"]] },
  "a tag comes": { change: put("one", "next"), seen: [list, "ok latest,next"], after: [[resolve("next"), "ok one"]] },
  "a tag moves": {
    change: put("two", "latest"),
    seen: [pull("two"), "ok"],
    after: [[resolve("latest"), "ok two"]],
  },
  "a manifest is deleted": {
    change: remove("one"),
    seen: [pull("one"), "MANIFEST_UNKNOWN"],
    after: [
      [resolve("latest"), "TAG_UNKNOWN"],
      [list, "ok "],
    ],
  },
  "a signature comes": {
    change: put("signature"),
    seen: [referrers("one"), "ok signature"],
    after: [[pull("signature"), "ok"]],
  },
  "a layer is deleted": {
    change: unlink("z"),
    seen: [head("z"), "BLOB_UNKNOWN"],
    after: [[put("two", "next"), "MANIFEST_REFERENCE_UNKNOWN"]],
  },
  "a repository is deleted": {
    change: drop,
    seen: [list, "NAME_UNKNOWN"],
    after: [
      [resolve("latest"), "TAG_UNKNOWN"],
      [pull("one"), "MANIFEST_UNKNOWN"],
      [head("z"), "BLOB_UNKNOWN"],
    ],
  },
}

describe("whoever saw a change before it was answered does not see what was there before it", () => {
  let berth: Berth
  beforeAll(async () => {
    const directory = join(import.meta.dir, "..", "..", "..")
    const late = join(import.meta.dir, "late-replies.ts")
    const command = [process.execPath, "--preload", late, join(directory, "src", "main.ts")]
    berth = await startBerth({ program: { command, directory } })
  })
  afterAll(() => berth.stop())

  test.each(Object.entries(GLIMPSES))("%s", async (name, { change, seen: [look, sign], after }) => {
    const call = createHttpCaller(berth, name.replaceAll(" ", "-"))
    for (const each of [...push("a", "x", "y", "z", "s"), put("one", "latest")]) await call(each)
    // What it names is in memory from here on.
    await call(resolve("latest"))
    const answer = call(change)
    while ((await call(look)) !== sign);
    for (const [each, outcome] of after) expect(await call(each)).toBe(outcome)
    expect(await answer).toBe("ok")
  })
})
