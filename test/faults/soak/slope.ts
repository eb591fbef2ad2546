/** A measured value at a time. */
export interface Point {
  hours: number
  value: number
}

/**
 * How much the value grows in an hour: the median of the slopes between all pairs (Theil and Sen), which some high
 * readings do not bend as they bend a line of least squares. 0 for fewer than two points.
 */
export function slopePerHour(points: readonly Point[]): number {
  const slopes: number[] = []
  for (const [at, one] of points.entries()) {
    for (const other of points.slice(at + 1)) {
      if (other.hours > one.hours) slopes.push((other.value - one.value) / (other.hours - one.hours))
    }
  }
  slopes.sort((one, other) => one - other)
  const [lower = 0, upper = 0] = [slopes[Math.floor((slopes.length - 1) / 2)], slopes[Math.floor(slopes.length / 2)]]
  return (lower + upper) / 2
}
