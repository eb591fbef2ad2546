import { expect, test } from "bun:test"
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import { createMemoryLogger } from "../logger/memory.ts"
import { createHtpasswdIdentity } from "./htpasswd.ts"
import { basic, createTestClock, entry } from "./testing.ts"

async function open(path: string) {
  const log = createMemoryLogger()
  const identity = await createHtpasswdIdentity({ realm: "r", path, clock: createTestClock(), log })
  const login = async (user: string, password: string) =>
    (await identity.authenticate({ authorization: basic(user, password), address: "192.0.2.1" }))?.id
  return { log, login }
}

test("where the file is missing, the user docker can log in with the password that the log tells", async () => {
  using scratch = createScratch("berth-htpasswd")
  const path = join(scratch.path, "auth", "deep", "htpasswd")
  const { log, login } = await open(path)
  const [message = "", ...others] = log.messages("warn")
  expect(others).toEqual([])
  const password =
    /^htpasswd is missing, provisioning with default user: user=docker password=([\w-]{43})$/.exec(message)?.[1] ?? ""
  expect(await login("docker", password)).toBe("docker")
  expect(await login("docker", "docker")).toBeUndefined()
  expect(readFileSync(path, "utf8")).toMatch(/^docker:\$2b\$10\$[./A-Za-z0-9]{53}\n$/)
  expect(
    [statSync(path), statSync(join(path, "..")), statSync(join(path, "..", ".."))].map(({ mode }) => mode & 0o777),
  ).toEqual([0o600, 0o700, 0o700])
  for (const level of ["info", "debug", "error"] as const) expect(log.messages(level).join()).not.toContain(password)
})

test("the next start keeps the password and tells it no more", async () => {
  using scratch = createScratch("berth-htpasswd")
  const path = join(scratch.path, "htpasswd")
  await open(path)
  const before = readFileSync(path, "utf8")
  const { log } = await open(path)
  expect(log.messages("warn")).toEqual([])
  expect(readFileSync(path, "utf8")).toBe(before)
})

test("every file has a password of its own", async () => {
  using scratch = createScratch("berth-htpasswd")
  const logs = await Promise.all(["a", "b"].map((name) => open(join(scratch.path, name))))
  const [one, other] = logs.map(({ log }) => log.messages("warn")[0])
  expect(one).not.toBe(other ?? "")
})

test("a file that is there stays as it is, an empty one too", async () => {
  using scratch = createScratch("berth-htpasswd")
  const path = join(scratch.path, "htpasswd")
  for (const text of [await entry("alice", "secret"), ""]) {
    writeFileSync(path, text)
    await open(path)
    expect(readFileSync(path, "utf8")).toBe(text)
  }
})

test.each<[string, (folder: string) => string]>([
  [
    "a directory that is a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "")
      return join(folder, "file", "htpasswd")
    },
  ],
  [
    "a link that leads nowhere",
    (folder) => {
      symlinkSync(join(folder, "nowhere"), join(folder, "link"))
      return join(folder, "link")
    },
  ],
  ["a directory that nobody may write to", () => "/proc/htpasswd"],
])("%s is the error that it was: nothing is said of a password", async (_, makePath) => {
  using scratch = createScratch("berth-htpasswd")
  const path = makePath(scratch.path)
  const log = createMemoryLogger()
  const options = { realm: "r", path, clock: createTestClock(), log }
  expect(await createHtpasswdIdentity(options).catch(String)).toContain(`cannot read the htpasswd file ${path}`)
  expect(log.messages("warn")).toEqual([])
})
