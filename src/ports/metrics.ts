export interface MetricDescription {
  /** As Prometheus names it, its suffix included. */
  name: string
  help: string
  /** Names of the labels; their values are always given in this order, and come from small sets. */
  labels?: readonly string[]
}

export interface Reading {
  /** Values of the labels. */
  labels?: readonly string[]
  value: number
}

/** Adds to a counter or gauge, or records into a histogram. */
export type Record = (value: number) => void

/** Numbers for those who watch the server. */
export interface Metrics {
  /** Gives what adds to the counter with these labels: the same for the same labels. */
  createCounter(description: MetricDescription): (...labels: string[]) => Record
  /** What is recorded is added, and may be negative. */
  createGauge(description: MetricDescription): (...labels: string[]) => Record
  /** `buckets`: their upper bounds, growing. */
  createHistogram(description: MetricDescription & { buckets: readonly number[] }): (...labels: string[]) => Record
  /** Metrics that are counted elsewhere, and read when they are asked for. */
  createReadings(kind: "counter" | "gauge", description: MetricDescription, read: () => Readings): void
  /** All of it in Prometheus' text form. */
  print(): Promise<{ text: string; contentType: string }>
}

export type Readings = Iterable<Reading> | Promise<Iterable<Reading>>
