import { describe, expect, test } from "bun:test"
import { judgeGoals } from "./goals.ts"
import { type Metric, createResults } from "./results.ts"
import { formatRemarks, formatTable } from "./table.ts"

const PUSH: Metric = { name: "push-1", label: "push", unit: "MB/s", isLowerBetter: false }
const P99: Metric = { name: "during-push-p99", label: "p99", unit: "ms", isLowerBetter: true }
const START: Metric = { name: "startup-empty", label: "start", unit: "ms", isLowerBetter: true }

function createMeasured(berth: number[], registry: number[], metric = PUSH) {
  const results = createResults([PUSH, P99, START], ["berth", "docker-registry"])
  for (const value of berth) results.record(metric.name, "berth", value)
  for (const value of registry) results.record(metric.name, "docker-registry", value)
  return results
}

describe("the table", () => {
  test("gives the median, the extremes, the ratio and the verdict", () => {
    const table = formatTable([{ work: "push-1", metric: PUSH }], createMeasured([300, 310, 290], [200, 100, 150]))
    expect(table).toContain("300 (290–310)")
    expect(table).toContain("150 (100–200) → 2.00×")
    expect(table).toContain("≥ 1.50 × docker-registry: ✓ 2.00")
  })

  test("shows a failure in the place of a figure, and its reason below", () => {
    const results = createMeasured([300], [])
    results.failures.push({ work: "push-1", server: "docker-registry", message: "did not start" })
    expect(formatTable([{ work: "push-1", metric: PUSH }], results)).toContain("| failed ")
    expect(formatRemarks(results)).toBe("FAILED push-1, docker-registry: did not start")
  })
})

describe("a goal", () => {
  test("of less time is met by a ratio below its bound", () => {
    expect(judgeGoals(createMeasured([10], [100], P99), "during-push-p99", false)[0]?.state).toBe("met")
    expect(judgeGoals(createMeasured([30], [100], P99), "during-push-p99", false)[0]?.state).toBe("not met")
  })

  test("in the metric's own unit needs no peer", () => {
    expect(judgeGoals(createMeasured([299, 301, 300], [], START), "startup-empty", false)[0]?.state).toBe("met")
  })

  test("is not met when Berth failed, and not measured without the peer", () => {
    expect(judgeGoals(createMeasured([300], [100]), "push-1", true)[0]?.state).toBe("not met")
    expect(judgeGoals(createMeasured([300], []), "push-1", false)[0]?.state).toBe("not measured")
  })
})
