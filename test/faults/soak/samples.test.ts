import { describe, expect, test } from "bun:test"
import { judgeMost, measureGrowth, type Sample } from "./samples.ts"

/** Of three hours, a sample each minute. */
function live(at: (hours: number) => { rssMiB: number; cacheMiB: number }): Sample[] {
  const rest = { pid: 1, fds: 60, threads: 9, loopDelayP99Ms: 1, loopDelayMaxMs: 2 }
  const files = { blobsMiB: 1, uploadsMiB: 1, databaseMiB: 1 }
  return Array.from({ length: 181 }, (_, minute) => ({ seconds: minute * 60, ...rest, ...files, ...at(minute / 60) }))
}

describe("the memory of a soaked server", () => {
  test("that grows with nothing that it tells of is told by the hour", () => {
    const samples = live((hours) => ({ rssMiB: 100 + 9 * hours, cacheMiB: 3 }))
    expect(measureGrowth(samples).rssMiBPerHour).toBeCloseTo(9)
  })

  test("does not grow while a cache fills, nor when that gives back what the process keeps", () => {
    const filling = live((hours) => ({ rssMiB: 100 + 5 * hours, cacheMiB: 5 * hours }))
    expect(measureGrowth(filling).rssMiBPerHour).toBeCloseTo(0)
    const emptying = live((hours) => ({ rssMiB: 120, cacheMiB: 15 - 5 * hours }))
    expect(measureGrowth(emptying).rssMiBPerHour).toBeCloseTo(0)
  })

  test("that is more than the limit at any moment is a fault, and a cache that grows beyond its own is one", () => {
    const samples = live((hours) => ({ rssMiB: 100 + 100 * hours, cacheMiB: 100 * hours }))
    expect(judgeMost(samples)).toEqual(["the server took 400 MiB of memory", "the cache of manifests took 300.0 MiB"])
    expect(judgeMost(live(() => ({ rssMiB: 200, cacheMiB: 16 })))).toEqual([])
  })
})
