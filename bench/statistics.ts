export interface Summary {
  median: number
  min: number
  max: number
}

/** Gives the value below which `percent` per cent of the values lie (nearest rank). Throws without values. */
export function findPercentile(values: Iterable<number>, percent: number): number {
  const sorted = Float64Array.from(values).sort()
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  if (found === undefined) throw new Error("no values to take a percentile of")
  return found
}

/** Gives the middle value, or the mean of the two middle ones. Throws without values. */
export function findMedian(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error("no values to take a median of")
  return (lower + upper) / 2
}

export function summarize(values: readonly number[]): Summary {
  return { median: findMedian(values), min: Math.min(...values), max: Math.max(...values) }
}
