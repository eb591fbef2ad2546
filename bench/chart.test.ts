import { expect, test } from "bun:test"
import { formatChart } from "./chart.ts"
import { getBaseName } from "./report.ts"
import { type Metric, createResults } from "./results.ts"

const MACHINE = {
  processor: "Intel(R) Xeon(R) Processor @ 2.50GHz",
  hasShaInstructions: false,
  cores: 2,
  memoryGiB: 24,
  kernel: "6.1",
  fileSystem: "ext4",
  fsyncMs: 0.1,
  loadBefore: 0,
  clients: {},
}
const STARTED_AT = new Date("2026-11-22T10:00:00Z")

test("the chart shows a time that is half as long as twice as good, and escapes what it is given", () => {
  const start: Metric = { name: "start", label: "start <empty>", unit: "ms", isLowerBetter: true }
  const hidden: Metric = { ...start, name: "p50", label: "hidden", isDetail: true }
  const results = createResults([start, hidden], ["berth", "zot"])
  for (const { name } of results.metrics) {
    results.record(name, "berth", 50)
    results.record(name, "zot", 100)
  }
  const works = [{ name: "startup", metrics: results.metrics, run: async () => {} }]
  const chart = formatChart({ startedAt: STARTED_AT, machine: MACHINE, works, results })
  expect(chart).toContain(">2.00×<")
  expect(chart).toContain("start &lt;empty&gt;")
  expect(chart).not.toContain("hidden")
})

test("results are named by date and processor", () => {
  const name = getBaseName({ startedAt: STARTED_AT, machine: MACHINE, suffix: "" })
  expect(name).toBe("2026-11-22-intel-xeon-2.50ghz-no-sha")
  const other = { ...MACHINE, processor: "AMD EPYC 7R13 (TM)", hasShaInstructions: true }
  expect(getBaseName({ startedAt: STARTED_AT, machine: other, suffix: "partial" })).toBe(
    "2026-11-22-amd-epyc-7r13-sha-partial",
  )
})
