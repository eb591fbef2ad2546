import { expect, test } from "bun:test"
import { isRegistryError } from "../../domain/errors.ts"
import { createPasswordCheck } from "./password-check.ts"

test("no more checks run at once than agreed, the others take their turn, and too many are refused", async () => {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  let running = 0
  let most = 0
  const verify = async () => {
    most = Math.max(most, ++running)
    await isReleased
    running--
    return true
  }
  const passwords = createPasswordCheck({ verify, concurrency: 2, waiting: 3 })
  const checks = Array.from({ length: 5 }, () => passwords.verify("x", "hash", 4))
  const refused = await passwords.verify("x", "hash", 4).catch((error: unknown) => error)
  expect(isRegistryError(refused, "OVERLOADED")).toBe(true)
  release()
  expect(await Promise.all(checks)).toEqual([true, true, true, true, true])
  expect(most).toBe(2)
})

test("a check that fails gives its turn on", async () => {
  const passwords = createPasswordCheck({ verify: () => Promise.reject(new Error("broken")), concurrency: 1 })
  for (let attempt = 0; attempt < 3; attempt++) {
    const error: unknown = await passwords.verify("x", "hash", 4).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
  }
})
