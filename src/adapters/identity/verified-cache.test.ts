import { expect, test } from "bun:test"
import { createTestClock } from "./testing.ts"
import { createVerifiedCache } from "./verified-cache.ts"

test("the key of a header tells nothing about it, and differs in every process", () => {
  const [one, other] = [1, 2].map(() => createVerifiedCache({ clock: createTestClock() }))
  expect(one?.keyOf("Basic YTpi")).toBe(one?.keyOf("Basic YTpi") ?? "")
  expect(one?.keyOf("Basic YTpi")).not.toBe(other?.keyOf("Basic YTpi") ?? "")
})

test("the entry used longest ago makes room", () => {
  const cache = createVerifiedCache({ clock: createTestClock(), entries: 2 })
  cache.put("a", "alice", "1")
  cache.put("b", "bob", "2")
  cache.find("a")
  cache.put("c", "carol", "3")
  expect([cache.find("a")?.user, cache.find("b")?.user, cache.find("c")?.user]).toEqual(["alice", undefined, "carol"])
})

test("being used does not make an entry live longer", () => {
  const clock = createTestClock()
  const cache = createVerifiedCache({ clock })
  cache.put("a", "alice", "1")
  clock.pass(59)
  expect(cache.find("a")?.user).toBe("alice")
  clock.pass(2)
  expect(cache.find("a")).toBeUndefined()
})
