import { expect, test } from "bun:test"
import { rmSync, writeFileSync } from "node:fs"
import { entry, openIdentity } from "./testing.ts"

test("a user who is added can log in at once, also within a second of the last look", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  await subject.login("alice", "secret")
  writeFileSync(subject.path, (await entry("alice", "secret")) + (await entry("bob", "new")))
  expect(await subject.login("bob", "new")).toBe("bob")
})

test("a user who is removed, or has another password, is out although the old login was remembered", async () => {
  using subject = await openIdentity((await entry("alice", "old")) + (await entry("bob", "secret")))
  expect(await subject.login("alice", "old")).toBe("alice")
  expect(await subject.login("bob", "secret")).toBe("bob")
  subject.rewrite(await entry("alice", "new"))
  expect(await subject.login("alice", "old")).toBeUndefined()
  expect(await subject.login("bob", "secret")).toBeUndefined()
  expect(await subject.login("alice", "new")).toBe("alice")
})

test.each([
  ["written by half", async () => (await entry("bob", "new")) + (await entry("alice", "secret")).slice(0, 30)],
  ["something else", async () => "\u0000\u0001garbage\n"],
])("a file that is %s leaves in force what it held before, with a warning", async (_, makeText) => {
  using subject = await openIdentity(await entry("alice", "secret"))
  subject.rewrite(await makeText())
  expect(await subject.login("alice", "secret")).toBe("alice")
  expect(await subject.login("bob", "new")).toBeUndefined()
  expect(subject.warnings()).toEqual([
    "htpasswd: the file is damaged or half written, what it held before stays in force",
  ])
  subject.rewrite(await entry("bob", "new"))
  expect(await subject.login("bob", "new")).toBe("bob")
  expect(await subject.login("alice", "secret")).toBeUndefined()
})

test("a file that vanishes leaves in force what it held, and is read when it is back", async () => {
  using subject = await openIdentity(await entry("alice", "secret"))
  rmSync(subject.path)
  subject.clock.pass(1)
  expect(await subject.login("alice", "secret")).toBe("alice")
  expect(await subject.login("alice", "wrong")).toBeUndefined()
  expect(subject.warnings()).toEqual(["htpasswd: the file cannot be read, what it held before stays in force"])
  subject.rewrite(await entry("bob", "new"))
  expect(await subject.login("bob", "new")).toBe("bob")
})

test("entries that are not bcrypt are refused one by one, with the command that mends them", async () => {
  using subject = await openIdentity(`md5:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/
sha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=
crypt:rqXexS6ZhobKA
plain:secret
${await entry("alice", "secret")}`)
  expect(await subject.login("plain", "secret")).toBeUndefined()
  expect(await subject.login("sha", "password")).toBeUndefined()
  expect(await subject.login("alice", "secret")).toBe("alice")
  expect(subject.warnings().map((warning) => warning.split(" ")[1])).toEqual(["md5", "sha", "crypt", "plain"])
})
