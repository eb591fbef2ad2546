import { expect, test } from "bun:test"
import { createProcessMetrics } from "./process.ts"
import { createPrometheusMetrics } from "./prometheus.ts"

async function readValues(metrics: ReturnType<typeof createPrometheusMetrics>): Promise<Map<string, number>> {
  const { text } = await metrics.print()
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]))
}

test("counters, gauges and histograms keep what they are given, by their labels", async () => {
  const metrics = createPrometheusMetrics()
  const counter = metrics.createCounter({ name: "c_total", help: "c", labels: ["a", "b"] })
  counter("1", "x")(1)
  counter("1", "x")(2)
  counter("2", "x")(5)
  const gauge = metrics.createGauge({ name: "g", help: "g" })
  gauge()(3)
  gauge()(-2)
  metrics.createHistogram({ name: "h", help: "h", buckets: [1, 2] })()(1.5)
  const values = await readValues(metrics)
  expect(values.get('c_total{a="1",b="x"}')).toBe(3)
  expect(values.get('c_total{a="2",b="x"}')).toBe(5)
  expect(values.get("g")).toBe(1)
  expect([values.get('h_bucket{le="1"}'), values.get('h_bucket{le="2"}'), values.get("h_sum")]).toEqual([0, 1, 1.5])
})

test("a reading is what it is when it is asked for, without what is gone", async () => {
  const metrics = createPrometheusMetrics()
  let readings = [{ labels: ["one"], value: 1 }]
  metrics.createReadings("gauge", { name: "r", help: "r", labels: ["endpoint"] }, async () => readings)
  expect((await readValues(metrics)).get('r{endpoint="one"}')).toBe(1)
  readings = [{ labels: ["two"], value: 7 }]
  expect(Object.fromEntries(await readValues(metrics))).toEqual({ 'r{endpoint="two"}': 7 })
})

test("the process tells its memory, its files, its age and what it took of the processor", async () => {
  const metrics = createPrometheusMetrics()
  createProcessMetrics(metrics)
  const values = await readValues(metrics)
  const value = (name: string) => values.get(name) ?? 0
  expect(value("process_resident_memory_bytes")).toBeWithin(10e6, 10e9)
  expect(value("process_resident_memory_bytes")).toBeLessThan(value("process_virtual_memory_bytes"))
  expect(value("process_open_fds")).toBeWithin(3, value("process_max_fds"))
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0)
  expect(Date.now() / 1000 - value("process_start_time_seconds")).toBeWithin(-2, 3600)
  expect(value('berth_event_loop_delay_seconds{quantile="1"}')).toBeLessThan(60)
})
