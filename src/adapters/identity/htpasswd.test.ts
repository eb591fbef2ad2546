import { expect, test } from "bun:test"
import { describeIdentity } from "../../ports/identity.contract.ts"
import { basic, entry, openIdentity } from "./testing.ts"

const address = "192.0.2.1"

describeIdentity("htpasswd", async () => {
  const subject = await openIdentity((await entry("alice", "secret")) + (await entry("bob", "other")))
  const headers = [
    null,
    "",
    "Basic",
    "Basic !!!",
    "Bearer c2VjcmV0",
    basic("alice", "wrong"),
    basic("alice", ""),
    basic("alice", "other"),
    basic("", "secret"),
    basic("nobody", "secret"),
  ]
  return {
    identity: subject.identity,
    right: { credentials: { authorization: basic("alice", "secret"), address }, user: "alice" },
    wrong: headers.map((authorization) => ({ authorization, address })),
    [Symbol.dispose]: () => subject[Symbol.dispose](),
  }
})

test("a user is counted by name", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  const actor = await subject.identity.authenticate({ authorization: basic("alice", "secret"), address })
  expect(actor).toEqual({ id: "alice", quotaKey: "user:alice" })
})

test("passwords with colons, umlauts and more than 72 bytes are right, as htpasswd cuts them", async () => {
  const long = `ä${"x".repeat(100)}`
  const cut = Buffer.from(long).subarray(0, 72)
  const hash = await Bun.password.hash(cut, { algorithm: "bcrypt", cost: 4 })
  using subject = await openIdentity(`long:${hash}\n${await entry("colon", "a:b:ö")}`)
  expect(await subject.login("long", long)).toBe("long")
  expect(await subject.login("long", `y${long}`)).toBeUndefined()
  expect(await subject.login("colon", "a:b:ö")).toBe("colon")
})

test("an unknown user costs the same work as a wrong password: one check of the file's usual cost", async () => {
  using subject = await openIdentity(
    (await entry("a", "x", 6)) + (await entry("b", "x", 6)) + (await entry("c", "x", 4)),
  )
  await subject.login("a", "wrong")
  await subject.login("nobody", "wrong")
  expect(subject.verified.map((hash) => hash.slice(0, 7))).toEqual(["$2b$06$", "$2b$06$"])
  // The runtime refuses a hash that it cannot read without any work.
  expect(await Bun.password.verify("x", subject.verified[1] ?? "")).toBe(false)
})

test("a password costs the same work whether it is wrong in one character or in all", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  const seen: number[] = []
  for (const password of ["secreT", "Xecret", "x", "x".repeat(6)]) {
    const before = subject.verified.length
    expect(await subject.login("alice", password)).toBeUndefined()
    seen.push(subject.verified.length - before)
  }
  // Of bcrypt, which always hashes to the end; nothing of ours compares a password.
  expect(new Set(seen)).toEqual(new Set([1]))
  expect(new Set(subject.verified).size).toBe(1)
})

test("nobody comes in as an unknown user, whatever the work done in vain says", async () => {
  using subject = await openIdentity(await entry("alice", "secret"), () => Promise.resolve(true))
  expect(await subject.login("nobody", "secret")).toBeUndefined()
})

test("a login that was right is not checked again for a minute", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  for (let request = 0; request < 5; request++) expect(await subject.login("alice", "secret")).toBe("alice")
  expect(subject.verified).toHaveLength(1)
  subject.clock.pass(61)
  await subject.login("alice", "secret")
  expect(subject.verified).toHaveLength(2)
})

test("a wrong login is checked each time", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  for (let request = 0; request < 3; request++) await subject.login("alice", "wrong")
  expect(subject.verified).toHaveLength(3)
})

test("one login on many connections at once is checked once", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  await Promise.all(Array.from({ length: 50 }, () => subject.login("alice", "secret")))
  expect(subject.verified).toHaveLength(1)
})
