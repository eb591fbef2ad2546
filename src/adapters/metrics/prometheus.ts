import { Counter, Gauge, Histogram, Registry } from "prom-client"
import type { MetricDescription, Metrics, Record } from "../../ports/metrics.ts"

/** Counts in memory and prints in Prometheus' text form. */
export function createPrometheusMetrics(): Metrics {
  const registry = new Registry()
  const describe = ({ name, help, labels = [] }: MetricDescription) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  })
  return {
    createCounter: (description) => {
      const counter = new Counter(describe(description))
      return remember((labels) => {
        const child = counter.labels(...labels)
        return (value) => child.inc(value)
      })
    },
    createGauge: (description) => {
      const gauge = new Gauge(describe(description))
      return remember((labels) => {
        const child = gauge.labels(...labels)
        return (value) => child.inc(value)
      })
    },
    createHistogram: ({ buckets, ...description }) => {
      const histogram = new Histogram({ ...describe(description), buckets: [...buckets] })
      return remember((labels) => {
        const child = histogram.labels(...labels)
        return (value) => child.observe(value)
      })
    },
    createReadings: (kind, description, read) => {
      const Kind = kind === "counter" ? Counter : Gauge
      const metric: Counter | Gauge = new Kind({
        ...describe(description),
        collect: async () => {
          const readings = await read()
          metric.reset()
          for (const { labels = [], value } of readings) metric.labels(...labels).inc(value)
        },
      })
    },
    print: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  }
}

/** The library finds the numbers of labels by their names, which costs as much as counting does. */
function remember(create: (labels: string[]) => Record): (...labels: string[]) => Record {
  const children = new Map<string, Record>()
  return (...labels) => {
    const key = labels.join("\0")
    const known = children.get(key)
    if (known !== undefined) return known
    const child = create(labels)
    children.set(key, child)
    return child
  }
}
