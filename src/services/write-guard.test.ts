import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { RegistryError } from "../domain/errors.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import { createWriteGuard } from "./write-guard.ts"

function open() {
  const clock = createManualClock()
  const log = createMemoryLogger()
  const storage = { isWell: true, looks: 0, writes: 0 }
  const probe = {
    name: "storage",
    check: async () => {
      storage.looks++
      if (!storage.isWell) throw new Error("EIO")
    },
  }
  const guard = createWriteGuard({ probe, clock, log })
  const write = async () => {
    storage.writes++
    if (!storage.isWell) throw new RegistryError("STORAGE_FAILED", "the storage failed", { cause: new Error("EIO") })
    return "written"
  }
  const attempt = () => guard.run(write).catch((error: unknown) => (error instanceof Error ? error.message : ""))
  return { clock, log, storage, guard, attempt }
}

const REFUSED = "the registry's storage failed: nothing is written for now"

test("a write that the storage fails stops all others until a look finds it well, once a second at most", async () => {
  const { clock, log, storage, attempt } = open()
  expect(await attempt()).toBe("written")
  storage.isWell = false
  expect(await attempt()).toBe("the storage failed")
  expect([await attempt(), await attempt()]).toEqual([REFUSED, REFUSED])
  expect(storage).toMatchObject({ looks: 1, writes: 2 })
  storage.isWell = true
  expect(await attempt()).toBe(REFUSED)
  clock.advance(1000)
  expect(await Promise.all([attempt(), attempt()])).toEqual(["written", "written"])
  expect(storage).toMatchObject({ looks: 2, writes: 4 })
  expect(log.messages("error")).toEqual(["the storage failed: pushes are refused until it can be written to again"])
  expect(log.messages("warn")).toEqual(["the storage can be written to again"])
})

test("the first write after a failure is let through where the storage is well again", async () => {
  const { storage, attempt } = open()
  storage.isWell = false
  await attempt()
  storage.isWell = true
  expect(await attempt()).toBe("written")
  expect(storage.looks).toBe(1)
})

test("errors of other kinds stop nothing", async () => {
  const { storage, guard, attempt } = open()
  const errors = [
    new RegistryError("STORAGE_FULL", "full", { cause: new Error("ENOSPC") }),
    new RegistryError("STORAGE_FAILED", "the stored copy is being deleted"),
    new RegistryError("DIGEST_MISMATCH", "wrong"),
    new Error("unforeseen"),
  ]
  for (const error of errors) expect(guard.run(() => Promise.reject(error))).rejects.toBe(error)
  expect(await attempt()).toBe("written")
  expect(storage.looks).toBe(0)
})
