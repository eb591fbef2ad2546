import { expect, test } from "bun:test"
import type { Digest } from "../domain/digest.ts"
import { openGc } from "./gc-testing.ts"

test("an object that cannot be removed is tried again by the next run, and the others go", async () => {
  const broken = new Set<Digest>()
  const { run, push, isStored } = await openGc({
    changes: (store) => ({
      ...store,
      remove: (key) => (broken.has(key.digest) ? Promise.reject(new Error("EIO")) : store.remove(key)),
    }),
  })
  const digests = await Promise.resolve([await push(), await push(), await push()] as const)
  const [first] = digests
  broken.add(first)
  expect(await run({ isNow: true, isAlone: true })).toMatchObject({ removed: 2, failures: 1 })
  expect(await isStored(first)).toBe(true)
  broken.clear()
  expect(await run()).toMatchObject({ removed: 1, failures: 0 })
  expect(await isStored(first)).toBe(false)
})

test("objects that can be removed go, however many stand before them that cannot", async () => {
  const broken = new Set<Digest>()
  const { run, push, isStored } = await openGc({
    changes: (store) => ({
      ...store,
      remove: (key) => (broken.has(key.digest) ? Promise.reject(new Error("EACCES")) : store.remove(key)),
    }),
  })
  for (let at = 0; at < 120; at++) broken.add(await push())
  expect(await run({ isNow: true, isAlone: true })).toMatchObject({ removed: 0, failures: 120 })
  const last = await push()
  expect(await run({ isNow: true, isAlone: true })).toMatchObject({ removed: 1, failures: 120 })
  expect(await isStored(last)).toBe(false)
})
