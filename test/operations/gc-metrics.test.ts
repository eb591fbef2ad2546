import { expect, test } from "bun:test"
import { createPrometheusMetrics } from "../../src/adapters/metrics/prometheus.ts"
import { createGcCounts } from "../../src/services/gc-counts.ts"
import { offerGcCounts } from "../../src/compose/gc-metrics.ts"

test("the backlog is counted once for each scrape, and by nobody else", async () => {
  let readings = 0
  const countBacklog = async () => {
    readings++
    await Promise.resolve()
    const reviews = { repository: 0, manifest: 0, untagged: 0, link: 0, blob: 0 }
    return { reviews, due: 7, condemned: 5, condemnedBytes: 50, deleting: readings, orphans: 0 }
  }
  const metrics = createPrometheusMetrics()
  offerGcCounts(metrics, { counts: createGcCounts, countBacklog })
  expect(readings).toBe(0)
  const { text } = await metrics.print()
  for (const line of ["due 7", "waiting_blobs 5", "waiting_bytes 50", "deleting_blobs 1"])
    expect(text).toContain(`\nberth_gc_${line}\n`)
  expect((await metrics.print()).text).toContain("\nberth_gc_deleting_blobs 2\n")
  expect(readings).toBe(2)
})
