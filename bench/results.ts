export interface Metric {
  name: string
  label: string
  unit: string
  isLowerBetter: boolean
  /** In the table, but not in the chart. */
  isDetail?: boolean
}

/** What went wrong, or must be known beside a figure. */
export interface Remark {
  work: string
  server: string
  message: string
}

/** Collects all that a run measures. */
export interface Results {
  metrics: readonly Metric[]
  servers: readonly string[]
  failures: Remark[]
  notes: Remark[]
  record(metric: string, server: string, value: number): void
  /** The values in the order of the rounds; none where nothing was measured. */
  list(metric: string, server: string): readonly number[]
}

export function createResults(metrics: readonly Metric[], servers: readonly string[]): Results {
  const values = new Map<string, number[]>()
  const getKey = (metric: string, server: string) => `${metric} ${server}`
  return {
    metrics,
    servers,
    failures: [],
    notes: [],
    record: (metric, server, value) => {
      if (!metrics.some(({ name }) => name === metric)) throw new Error(`no metric is called ${metric}`)
      if (!Number.isFinite(value)) throw new Error(`${metric} of ${server} is ${value}`)
      const key = getKey(metric, server)
      values.set(key, [...(values.get(key) ?? []), value])
    },
    list: (metric, server) => values.get(getKey(metric, server)) ?? [],
  }
}

export function hasFailed(work: string, results: Results, server: string): boolean {
  return results.failures.some((failure) => failure.work === work && failure.server === server)
}
