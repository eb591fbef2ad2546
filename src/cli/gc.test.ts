import { describe, expect, test } from "bun:test"
import type { GcReportView, GcView } from "../contract/gc.ts"
import { createReport } from "../services/gc-report.ts"
import { runCli } from "./run-cli.ts"

const REASON = "a backup, which copies the blobs"

const rules = { graceSeconds: 86_400, sweepDelaySeconds: 1200, isPaused: false, keepSeconds: 86_400 }

/** A command line on a server whose run gives this report. */
async function run(changes: Partial<GcReportView>, ...argv: string[]) {
  const seen = { out: "", err: "" }
  const at = "2026-01-01T00:00:00.000Z"
  const result: GcReportView = { ...createReport(0), sample: [], startedAt: at, endedAt: at, ...changes }
  const answers: Record<string, unknown> = {
    "/api/v1/gc/runs": { id: "1" },
    "/api/v1/jobs/1/events": { id: "1", state: "done", kind: "gc", progress: { done: 1, unit: "things" }, result },
    "/api/v1/gc": { waitsFor: REASON, rules } satisfies Partial<GcView>,
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
