import { describe, expect, test } from "bun:test"
import { type OpenMetadata } from "./fixture.contract.ts"
import { openForEach, type Scene } from "./scene.contract.ts"

const HOUR = 3_600_000

export function describeGcMemoryRecords(open: OpenMetadata): void {
  describe("gc memory", () => {
    let { metadata, clock } = {} as Scene
    openForEach(open, (scene) => ({ metadata, clock } = scene))

    test("the last run is kept", async () => {
      expect(await metadata.gc.findRun()).toBeUndefined()
      await metadata.gc.putRun({ removed: 1 })
      await metadata.gc.putRun({ removed: 2, skipped: "a backup" })
      expect(await metadata.gc.findRun()).toEqual({ removed: 2, skipped: "a backup" })
    })

    describe("the grace period", () => {
      const put = (hours: number) => metadata.gc.putGrace(hours * HOUR)

      test("has nothing before it at first, and stays as it is when it is noted again", async () => {
        const first = { graceMs: 24 * HOUR, formerMs: 0, formerUntil: 0 }
        expect(await put(24)).toEqual(first)
        clock.advance(HOUR)
        expect(await put(24)).toEqual(first)
      })

      test("counts for its own length when another follows", async () => {
        await put(24)
        clock.advance(HOUR)
        const changed = { graceMs: HOUR, formerMs: 24 * HOUR, formerUntil: clock.now() + 24 * HOUR }
        expect(await put(1)).toEqual(changed)
        clock.advance(HOUR)
        expect(await put(1)).toEqual(changed)
      })

      test("of those that overlap the longest counts to the latest end", async () => {
        await put(24)
        await put(1)
        const until = clock.now() + 24 * HOUR
        clock.advance(HOUR)
        expect(await put(2)).toEqual({ graceMs: 2 * HOUR, formerMs: 24 * HOUR, formerUntil: until })
        clock.advance(24 * HOUR)
        expect(await put(1)).toEqual({ graceMs: HOUR, formerMs: 2 * HOUR, formerUntil: clock.now() + 2 * HOUR })
      })
    })
  })
}
