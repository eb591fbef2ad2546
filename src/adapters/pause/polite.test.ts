import { expect, test } from "bun:test"
import { createPolitePause } from "./polite.ts"

test("work rests for longer than it has worked while requests come, and goes on at once while none do", async () => {
  let [requests, now] = [0, 0]
  const slept: number[] = []
  const sleep = (ms: number) => Promise.resolve(void slept.push(ms))
  const pause = createPolitePause({ countRequests: () => requests, now: () => now, sleep })
  now += 10
  expect(await pause()).toBe(false)
  expect(slept).toEqual([])
  requests++
  now += 10
  expect(await pause()).toBe(true)
  expect(slept).toEqual([120])
  now += 10
  expect(await pause()).toBe(false)
  requests++
  now += 1000
  expect(await pause()).toBe(true)
  expect(slept).toEqual([120, 250])
})
