import { expect, test } from "bun:test"
import { createPolitePause } from "./polite.ts"

function createScene() {
  const scene = { requests: 0, now: 0, slept: [] as number[] }
  const sleep = (ms: number) => {
    scene.slept.push(ms)
    scene.now += ms
    return Promise.resolve()
  }
  const pause = createPolitePause({ countRequests: () => scene.requests, now: () => scene.now, sleep })
  return { scene, pause }
}

test("work rests for longer than it has worked while requests come, and goes on at once while none do", async () => {
  const { scene, pause } = createScene()
  scene.now += 10
  expect(await pause()).toBe(false)
  scene.requests++
  scene.now += 10
  expect(await pause()).toBe(true)
  expect(scene.slept).toEqual([120])
  scene.now += 2000
  expect(await pause()).toBe(false)
  scene.requests++
  scene.now += 3000
  expect(await pause()).toBe(true)
  expect(scene.slept).toEqual([120, 2000])
})

test("a request that came while it rested counts as well, and for a second others are near", async () => {
  const { scene, pause } = createScene()
  scene.requests++
  scene.now += 10
  await pause()
  scene.requests++
  scene.now += 10
  expect(await pause()).toBe(true)
  scene.now += 10
  expect(await pause()).toBe(true)
  scene.now += 1000
  expect(await pause()).toBe(false)
})

test("the time before the work began is not counted", async () => {
  const { scene, pause } = createScene()
  scene.now += 60_000
  scene.requests++
  pause.begin?.()
  scene.now += 10
  expect(await pause()).toBe(true)
  expect(scene.slept).toEqual([120])
})
