import { expect, test } from "bun:test"
import { createTestClock } from "./testing.ts"
import { createVerifiedCache } from "./verified-cache.ts"

test("the key of a header tells nothing about it, and differs in every process", () => {
  const [one, other] = [1, 2].map(() => createVerifiedCache({ clock: createTestClock() }))
  expect(one?.keyOf("Basic YTpi")).toBe(one?.keyOf("Basic YTpi") ?? "")
  expect(one?.keyOf("Basic YTpi")).not.toBe(other?.keyOf("Basic YTpi") ?? "")
})

test("the entry used longest ago makes room", () => {
  const clock = createTestClock()
  const cache = createVerifiedCache<string>({ clock, entries: 2 })
  const later = clock.now() + 1000
  cache.put("a", "alice", later)
  cache.put("b", "bob", later)
  cache.find("a")
  cache.put("c", "carol", later)
  expect([cache.find("a"), cache.find("b"), cache.find("c")]).toEqual(["alice", undefined, "carol"])
})

test("being used does not make an entry live longer", () => {
  const clock = createTestClock()
  const cache = createVerifiedCache<string>({ clock })
  cache.put("a", "alice", clock.now() + 60_000)
  clock.pass(59)
  expect(cache.find("a")).toBe("alice")
  clock.pass(2)
  expect(cache.find("a")).toBeUndefined()
})
