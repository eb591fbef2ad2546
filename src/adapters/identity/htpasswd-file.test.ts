import { expect, test } from "bun:test"
import { parseHtpasswd } from "./htpasswd-file.ts"
import { entry } from "./testing.ts"

test("comments, empty lines, spaces and Windows line ends are read over, and the last entry of a user counts", async () => {
  const [first, second] = [await entry("alice", "x"), await entry("alice", "y")]
  const file = parseHtpasswd(`# users\r\n\r\n  ${first.trim()}  \r\n${second}`)
  expect(file.hashes).toEqual(new Map([["alice", second.trim().slice("alice:".length)]]))
  expect(file.brokenLines).toEqual([])
})

test("lines without a user, a hash or a colon, and bcrypt hashes cut off, are broken", async () => {
  const whole = await entry("a", "x")
  expect(parseHtpasswd(`${whole}alice\n:hash\nbob:\n${whole.slice(0, 40)}`).brokenLines).toEqual([2, 3, 4, 5])
})

test("the usual cost is that of most entries", async () => {
  const text = (await entry("a", "x", 4)) + (await entry("b", "x", 5)) + (await entry("c", "x", 5))
  expect(parseHtpasswd(text).usualCost).toBe(5)
  expect(parseHtpasswd("").usualCost).toBe(5)
})
