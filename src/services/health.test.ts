import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import { createHealth } from "./health.ts"

function watch(threshold: number) {
  const log = createMemoryLogger()
  const health = createHealth({ clock: createManualClock(), log })
  let reason: string | undefined
  const check = async () => {
    if (reason !== undefined) throw new Error(reason)
  }
  const run = async (next: string | undefined) => {
    reason = next
    await health.run({ probe: { name: "disk", check }, threshold })
  }
  return { health, log, run }
}

test("a registry is healthy until a check fails as often in a row as its threshold says", async () => {
  const { health, run } = watch(2)
  expect(health.isHealthy()).toBe(true)
  await run("full")
  expect(health.isHealthy()).toBe(true)
  await run(undefined)
  await run("full")
  expect(health.isHealthy()).toBe(true)
  await run("fuller")
  expect(health.isHealthy()).toBe(false)
  expect(health.describeFailing()).toEqual({ disk: "fuller" })
})

test("it is healthy again with the first check that passes", async () => {
  const { health, run } = watch(1)
  await run("full")
  await run(undefined)
  expect(health.isHealthy()).toBe(true)
  expect(health.describeFailing()).toEqual({})
})

test("a threshold of zero, distribution's way to leave it out, is that of one", async () => {
  const { health, run } = watch(0)
  await run("full")
  expect(health.isHealthy()).toBe(false)
})

test("becoming unhealthy and healthy again is logged once each, not with every run", async () => {
  const { log, run } = watch(2)
  for (const reason of ["full", "full", "full", "full", undefined, undefined]) await run(reason)
  expect(log.messages("error")).toEqual(["the registry is unhealthy: requests are answered 503"])
  expect(log.messages("warn")).toEqual(["a health check failed", "a health check passes again"])
})
