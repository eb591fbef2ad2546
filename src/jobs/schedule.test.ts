import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { startSchedule, type Job } from "./schedule.ts"

const SOON_SECONDS = 0.005

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(1)
}

test("a job runs again and again, and one that fails is logged and runs again too", async () => {
  const log = createMemoryLogger()
  const runs = { good: 0, bad: 0 }
  const good: Job = { name: "good", everySeconds: SOON_SECONDS, run: async () => void runs.good++ }
  const bad: Job = {
    name: "bad",
    everySeconds: SOON_SECONDS,
    run: () => Promise.reject(new Error(`failure ${++runs.bad}`)),
  }
  const schedule = startSchedule([good, bad], log)
  await waitUntil(() => runs.good >= 3 && runs.bad >= 3)
  await schedule.stop()
  expect(log.messages("error")).toHaveLength(runs.bad)
  expect(log.messages("error")[0]).toContain("it will run again")
})

test("a job does not run before its interval is over, and never twice at once", async () => {
  let running = 0
  let most = 0
  let runs = 0
  const run = async () => {
    most = Math.max(most, ++running)
    await Bun.sleep(SOON_SECONDS * 3000)
    running--
    runs++
  }
  const schedule = startSchedule([{ name: "slow", everySeconds: SOON_SECONDS, run }], createMemoryLogger())
  expect(running).toBe(0)
  await waitUntil(() => runs >= 3)
  await schedule.stop()
  expect(most).toBe(1)
})

test("stopping waits for the run under way, and begins no further one", async () => {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  let began = 0
  const run = () => {
    began++
    return isReleased
  }
  const schedule = startSchedule([{ name: "slow", everySeconds: SOON_SECONDS, run }], createMemoryLogger())
  await waitUntil(() => began === 1)
  let isStopped = false
  const stopping = schedule.stop().then(() => (isStopped = true))
  await Bun.sleep(SOON_SECONDS * 4000)
  expect(isStopped).toBe(false)
  release()
  await stopping
  await Bun.sleep(SOON_SECONDS * 4000)
  expect(began).toBe(1)
})

test("stopping waits for a run that fails", async () => {
  const { promise: isReleased, reject: fail } = Promise.withResolvers<void>()
  const log = createMemoryLogger()
  let began = 0
  const run = () => {
    began++
    return isReleased
  }
  const schedule = startSchedule([{ name: "failing", everySeconds: SOON_SECONDS, run }], log)
  await waitUntil(() => began === 1)
  const stopping = schedule.stop()
  fail(new Error("broken"))
  await stopping
  expect(log.messages("error")).toHaveLength(1)
})

describe("with a first minute that is over at once", () => {
  const usual = globalThis.setTimeout
  let waits: number[] = []

  beforeEach(() => {
    waits = []
    const hurry = (work: () => void, ms: number) => {
      waits.push(ms)
      return usual(work, ms === 60_000 ? 1 : ms)
    }
    globalThis.setTimeout = Object.assign(hurry, usual)
  })
  afterEach(() => {
    globalThis.setTimeout = usual
  })

  test.each([61, 25 * 24 * 3600, 1e9, Number.MAX_SAFE_INTEGER, Infinity])(
    "a job that is to run every %d seconds runs after a minute, and not again at once",
    async (everySeconds) => {
      let runs = 0
      const job: Job = { name: "rare", everySeconds, run: async () => void runs++ }
      const schedule = startSchedule([job], createMemoryLogger())
      await new Promise((resolve) => usual(resolve, 40))
      await schedule.stop()
      expect(runs).toBe(1)
      // A timer that is to wait longer than this is run at once.
      expect(waits).toEqual([60_000, Math.min(everySeconds * 1000, 2 ** 31 - 1)])
    },
  )
})
