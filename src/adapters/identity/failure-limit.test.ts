import { expect, test } from "bun:test"
import { isRegistryError } from "../../domain/errors.ts"
import { createFailureLimit } from "./failure-limit.ts"
import { createTestClock, entry, openIdentity } from "./testing.ts"

async function retryAfter(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
    return undefined
  } catch (error) {
    if (!isRegistryError(error, "OVERLOADED")) throw error
    return error.detail
  }
}

const wrong = () => Promise.resolve(false)
const right = () => Promise.resolve(true)

test("after 100 failures of a user the user is refused for the rest of the minute, from every address, others are not", async () => {
  const text = (await entry("alice", "secret")) + (await entry("bob", "secret"))
  using subject = await openIdentity(text)
  for (let failure = 0; failure < 100; failure++)
    expect(await subject.login("alice", "wrong", `192.0.2.${failure % 10}`)).toBeUndefined()
  subject.clock.pass(20)
  expect(await retryAfter(subject.login("alice", "secret", "192.0.2.1"))).toEqual({ retryAfterSeconds: 40 })
  expect(await retryAfter(subject.login("alice", "secret", "198.51.100.1"))).toEqual({ retryAfterSeconds: 40 })
  expect(await subject.login("bob", "secret", "192.0.2.1")).toBe("bob")
  subject.clock.pass(40)
  expect(await subject.login("alice", "secret", "192.0.2.1")).toBe("alice")
})

test("after 100 failures of an address it is refused whoever it names, other addresses are not", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  for (let failure = 0; failure < 100; failure++) await subject.login(`user${failure}`, "wrong", "192.0.2.1")
  expect(await retryAfter(subject.login("alice", "secret", "192.0.2.1"))).toEqual({ retryAfterSeconds: 60 })
  expect(await subject.login("alice", "secret", "192.0.2.2")).toBe("alice")
})

test("a login that was right a moment ago goes on while its user or address is refused", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  await subject.login("alice", "secret")
  for (let failure = 0; failure < 100; failure++) await subject.login("alice", "wrong")
  expect(await retryAfter(subject.login("alice", "wrong"))).toBeDefined()
  expect(await subject.login("alice", "secret")).toBe("alice")
})

test("checks under way count, so that a burst cannot pass the limit before its first failure", async () => {
  const limit = createFailureLimit({ clock: createTestClock(), failures: 3 })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const burst = [1, 2, 3].map(() => limit.guard(["user:a"], () => promise))
  expect(await retryAfter(limit.guard(["user:a"], right))).toBeDefined()
  resolve(true)
  await Promise.all(burst)
  expect(await limit.guard(["user:a"], right)).toBe(true)
})

test("what is right, and what could not be checked, counts for nothing", async () => {
  const limit = createFailureLimit({ clock: createTestClock(), failures: 2 })
  const broken = () => Promise.reject(new Error("no thread"))
  for (let attempt = 0; attempt < 5; attempt++) {
    expect(await limit.guard(["user:a"], right)).toBe(true)
    await limit.guard(["user:a"], broken).catch(() => undefined)
  }
  expect(await limit.guard(["user:a"], wrong)).toBe(false)
})

test("no more keys than agreed are remembered", async () => {
  const limit = createFailureLimit({ clock: createTestClock(), failures: 1, keys: 10 })
  for (let user = 0; user < 11; user++) await limit.guard([`user:${user}`], wrong)
  expect(await limit.guard(["user:0"], wrong)).toBe(false)
  expect(await retryAfter(limit.guard(["user:10"], wrong))).toBeDefined()
})

test("a clock that is set back locks nobody out", async () => {
  const clock = createTestClock()
  const limit = createFailureLimit({ clock, failures: 1 })
  await limit.guard(["user:a"], wrong)
  clock.pass(-3600)
  expect(await limit.guard(["user:a"], right)).toBe(true)
})

test("windows that are over are forgotten at the next failure, whoever's it is", async () => {
  const clock = createTestClock()
  const limit = createFailureLimit({ clock, windowSeconds: 60 })
  for (let user = 0; user < 5; user++) await limit.guard([`user:${user}`], wrong)
  clock.pass(30)
  await limit.guard(["user:late"], wrong)
  expect(limit.size).toBe(6)
  clock.pass(30)
  await limit.guard(["user:new"], wrong)
  expect(limit.size).toBe(2)
})
