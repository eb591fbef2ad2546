import { describe, expect, test } from "bun:test"
import type { GcReportView, GcView } from "../contract/gc.ts"
import { createReport } from "../services/gc-report.ts"
import { runCli } from "./run-cli.ts"

const REASON = "a backup, which copies the blobs"

const rules = { graceSeconds: 86_400, sweepDelaySeconds: 1200, isPaused: false, keepSeconds: 86_400 }

/** A command line on a server whose run gives this report. */
function run(changes: Partial<GcReportView>, ...argv: string[]) {
  return runOn({ waitsFor: REASON, rules }, changes, ...argv)
}

async function runOn(view: Partial<GcView>, changes: Partial<GcReportView>, ...argv: string[]) {
  const seen = { out: "", err: "" }
  const at = "2026-01-01T00:00:00.000Z"
  const result: GcReportView = { ...createReport(0), sample: [], startedAt: at, endedAt: at, ...changes }
  const answers: Record<string, unknown> = {
    "/api/v1/gc/runs": { id: "1" },
    "/api/v1/jobs/1/events": { id: "1", state: "done", kind: "gc", progress: { done: 1, unit: "things" }, result },
    "/api/v1/gc": view,
    "/api/v1/gc/marks": { items: [] },
    "/api/v1/gc/garbage": { items: [{ digest: "sha256:aa" }] },
  }
  const operator = {
    ask: async ({ url }: Request) => new Response(`${JSON.stringify(answers[new URL(url).pathname])}\n`),
    isServer: true,
    close: () => Promise.resolve(),
  }
  const code = await runCli({
    argv,
    env: { REGISTRY_CONFIGURATION_PATH: "config.yml" },
    version: "1.2.3",
    isTerminal: false,
    readFile: () =>
      Promise.resolve("version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\nhttp: {addr: ':80'}\n"),
    serve: () => Promise.resolve(0),
    openOperator: () => Promise.resolve(operator),
    ask: () => Promise.resolve("n"),
    wait: () => Promise.resolve(),
    now: () => 0,
    onInterrupt: () => () => undefined,
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
  })
  return { ...seen, code }
}

describe("a run that is held", () => {
  const held = { skipped: REASON }
  const begun = { ...held, links: 3, condemned: 2, found: { marked: 0, blobs: 1, manifests: 0 } }

  test("before it does anything has collected nothing", async () => {
    const nothing = `nothing was collected, because of ${REASON}\n`
    expect(await run(held, "gc", "run", "--now", "--yes")).toMatchObject({ code: 1, out: nothing })
    expect(await run(held, "garbage-collect")).toMatchObject({ code: 1, out: "", err: `berth: ${nothing}` })
  })

  test("in the middle tells what it did, and that it ended early", async () => {
    const early = `it ended early, because of ${REASON}\n`
    const { code, out } = await run(begun, "gc", "run", "--now", "--yes")
    expect(code).toBe(1)
    expect(out).toContain("0 deleted manifests and 3 unused links removed\n2 blobs condemned")
    expect(out).toEndWith(early)
    expect(out).not.toContain("nothing was collected")
    const listed = await run(begun, "garbage-collect")
    expect(listed).toMatchObject({ code: 1, out: expect.stringContaining("sha256:aa\n"), err: `berth: ${early}` })
    expect(await run(begun, "garbage-collect", "--quiet")).toMatchObject({ code: 1, out: "", err: `berth: ${early}` })
  })
})

describe("a dry run", () => {
  const report = { removed: 9, removedBytes: 990, condemned: 3, condemnedBytes: 330 }
  const all = "9 blobs would be removed, 990 B\n"

  test("tells which of the blobs the run would leave for the delay, and why", async () => {
    const later = { condemnedBefore: 5, condemned: 3, orphans: 1 }
    const { out } = await run({ ...report, later }, "gc", "run", "--now", "--dry-run")
    expect(out).toEndWith(
      `${all}  5 condemned before, gc.sweepdelay (20m) after that
  3 that this run would condemn, gc.sweepdelay (20m) after that
  1 without a record, once two looks gc.sweepdelay (20m) apart have found them
`,
    )
    const some = await run({ ...report, later: { ...later, condemned: 0 } }, "gc", "run", "--dry-run")
    expect(some.out).toContain(`${all}  3 by this run\n  5 condemned before`)
  })

  test("says no more where nothing waits", async () => {
    const none = { condemnedBefore: 0, condemned: 0, orphans: 0 }
    for (const changes of [{}, { later: none }])
      expect((await run({ ...report, ...changes }, "gc", "run", "--dry-run")).out).toEndWith(all)
  })
})

describe("the status", () => {
  const at = (time: string) => `2026-01-0${time}:00.000Z`
  const none = { queued: 0, due: 0, condemned: 0, condemnedBytes: 0, deleting: 0, orphans: 0 }
  const idle: GcView = { isRunning: false, held: [], rules, backlog: none, walks: {} }
  const status = async (changes: Partial<GcView>) => (await runOn({ ...idle, ...changes }, {}, "gc", "status")).out

  function lastOf(changes: Partial<GcReportView>): GcView["lastRun"] {
    const { sample: _, ...report } = createReport(0)
    return { ...report, startedAt: at("1T10:00"), endedAt: at("1T10:01"), ...changes }
  }

  test("tells of the last run all that it did", async () => {
    const aside = await status({ lastRun: lastOf({ untagged: 5 }) })
    const nothing = "0 manifests and 0 blobs removed, 0 B; 0 condemned"
    expect(aside).toEndWith(`last run   2026-01-01 10:01 UTC: ${nothing}; 5 untagged manifests set aside\n`)
    const all = { manifests: 1, links: 3, removed: 4, removedBytes: 44, orphans: 2, failures: 1, skipped: REASON }
    expect(await status({ lastRun: lastOf(all) })).toEndWith(
      `UTC: 1 manifest and 4 blobs removed, 44 B; 0 condemned; 3 unused links removed; 2 of the blobs had no record; 1 object could not be removed; it ended early, because of ${REASON}\n`,
    )
  })

  test("tells of the walk through the records and of that through the storage, and of one that goes on", async () => {
    const [records, objects] = ["1T10:00", "1T11:00"].map((time) => ({ startedAt: at(time), position: "" }))
    if (records === undefined || objects === undefined) throw new Error("no walks")
    const ended = { ...objects, endedAt: at("2T12:00") }
    expect(await status({ walks: { records: { ...records, endedAt: at("1T10:30") }, objects: ended } })).toEndWith(
      "last walk  of the records 2026-01-01 10:30 UTC, of the storage 2026-01-02 12:00 UTC\n",
    )
    expect(await status({ walks: { records, objects: ended } })).toEndWith(
      "last walk  of the records under way since 2026-01-01 10:00 UTC, of the storage 2026-01-02 12:00 UTC\n",
    )
    expect(await status({ walks: { objects: ended } })).toEndWith("last walk  of the storage 2026-01-02 12:00 UTC\n")
    expect(await status({})).not.toContain("last walk")
  })

  test("tells when an object without a record goes that was seen once", async () => {
    expect(await status({ backlog: { ...none, orphans: 1 } })).toContain(
      "orphans    1 object without a record, seen once: goes when a walk sees it again, gc.sweepdelay (20m) or more later\n",
    )
    const many = { ...rules, sweepDelaySeconds: 90 }
    expect(await status({ backlog: { ...none, orphans: 2 }, rules: many })).toContain(
      "2 objects without a record, seen once: go when a walk sees them again, gc.sweepdelay (1m30s) or more later\n",
    )
  })
})
