import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parse, stringify } from "yaml"
import { htpasswdLine } from "../conformance/htpasswd.ts"
import { startBerth, type Berth } from "../support/berth.ts"
import { readEnvelopes, startEventReceiver, type EventReceiver } from "../support/event-receiver.ts"
import { createScratch } from "../support/scratch.ts"
import { waitUntil } from "./wait.ts"

/** Lays sections over the server's configuration, tells it, and waits for the line that says so. */
async function reload(berth: Berth, sections: Record<string, unknown> | string, line: string): Promise<void> {
  const before = parse(readFileSync(berth.configPath, "utf8")) as Record<string, unknown>
  writeFileSync(berth.configPath, typeof sections === "string" ? sections : stringify({ ...before, ...sections }))
  const seen = berth.output().split(line).length
  process.kill(berth.pid, "SIGHUP")
  await waitUntil(line, () => berth.output().split(line).length > seen)
}

const READ = "the configuration was read again"
const startUpload = (berth: Berth) => fetch(`${berth.url}/v2/a/blobs/uploads/`, { method: "POST" })

test("SIGHUP applies the log level and limits, names what needs a restart, and keeps open uploads", async () => {
  await using berth = await startBerth({ config: { log: { level: "info" } } })
  const location = new URL((await startUpload(berth)).headers.get("location") ?? "", berth.url)
  await reload(berth, { log: { level: "debug" }, limits: { uploads: 1, blobbytes: 3 }, workers: { hashing: 1 } }, READ)
  expect(berth.output()).toContain("workers.hashing has changed: restart the server to have it count")
  expect(berth.output()).toMatch(/read again" applied="log.level limits.uploads limits.blobbytes" waiting=1/)
  expect((await startUpload(berth)).status).toBe(429)
  expect((await fetch(location, { method: "PATCH", body: "more" })).status).toBe(413)
  expect((await fetch(location, { method: "PATCH", body: "few" })).status).toBe(202)
  await reload(berth, { limits: { uploads: 9 } }, READ)
  expect((await startUpload(berth)).status).toBe(202)
  // Until the restart it is said again.
  expect(berth.output().match(/workers\.hashing has changed/g)).toHaveLength(2)
})

test("limits that the routes look at change as well", async () => {
  await using berth = await startBerth({ config: { tags: { maxtags: 1000 } } })
  const put = (tag: string) =>
    fetch(`${berth.url}/v2/a/manifests/${tag}`, {
      method: "PUT",
      headers: { "content-type": "application/vnd.oci.image.index.v1+json" },
      body: JSON.stringify({ schemaVersion: 2, manifests: [] }),
    })
  for (const tag of ["one", "two"]) expect((await put(tag)).status).toBe(201)
  const list = async () => ((await (await fetch(`${berth.url}/v2/a/tags/list?n=9`)).json()) as { tags: string[] }).tags
  expect(await list()).toEqual(["one", "two"])
  await reload(berth, { tags: { maxtags: 1 } }, READ)
  expect(await list()).toEqual(["one"])
})

test("a configuration that cannot be used is told of, and nothing changes", async () => {
  await using berth = await startBerth({ config: { limits: { uploads: 1 } } })
  const broken = "the configuration cannot be read again"
  await reload(berth, { limits: { uploads: 5, upload: 1 } }, broken)
  expect(berth.output()).toContain("limits.upload")
  await reload(berth, "a: [", broken)
  expect([(await startUpload(berth)).status, (await startUpload(berth)).status]).toEqual([202, 429])
})

test("SIGHUP looks at once for new users", async () => {
  using scratch = createScratch("berth-reload")
  const path = join(scratch.path, "htpasswd")
  writeFileSync(path, await htpasswdLine("alice", "secret"))
  await using berth = await startBerth({ config: { auth: { htpasswd: { realm: "r", path } } } })
  const ask = async (user: string) => {
    const authorization = `Basic ${btoa(`${user}:secret`)}`
    return (await fetch(`${berth.url}/v2/`, { headers: { authorization } })).status
  }
  expect([await ask("alice"), await ask("bob")]).toEqual([200, 401])
  writeFileSync(path, await htpasswdLine("bob", "secret"))
  await reload(berth, {}, READ)
  expect([await ask("alice"), await ask("bob")]).toEqual([401, 200])
})

test("endpoints of notifications are added, changed and removed", async () => {
  using first = startEventReceiver()
  using second = startEventReceiver()
  await using berth = await startBerth({ config: { log: { level: "info" } } })
  const upload = async (content: string) => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`
    const path = `/v2/a/blobs/uploads/?digest=${digest}`
    expect((await fetch(berth.url + path, { method: "POST", body: content })).status).toBe(201)
    return digest
  }
  const tell = (endpoints: object[], more: object = {}) =>
    reload(berth, { notifications: { endpoints }, ...more }, READ)
  const digests = (receiver: EventReceiver) => readEnvelopes(receiver.received).map(({ target }) => target.digest)
  await upload("of which nobody is told")
  const one = { name: "one", url: first.url, backoff: "1h", threshold: 1 }
  await tell([one])
  const told = await upload("told to one")
  await waitUntil("the first delivery", () => first.received.length === 1)
  expect(digests(first)).toEqual([told])

  // Now it fails and is left alone for an hour, until the operator gives it another address.
  first.status = 500
  const late = await upload("told later")
  await waitUntil("the refusal", () => first.received.length === 2)
  await tell([{ ...one, url: second.url, headers: { "X-Key": ["new"] } }], { events: { mediatype: "v2" } })
  await waitUntil("the delivery elsewhere", () => second.received.length === 1)
  expect(digests(second)).toEqual([late])
  expect(second.received[0]?.headers.get("x-key")).toBe("new")
  expect(second.received[0]?.headers.get("content-type")).toContain("events.v2+json")

  // What waits for an endpoint that is removed is given up; the one beside it goes on.
  second.status = 500
  await upload("for which one is too late")
  await waitUntil("the refusal", () => second.received.length === 2)
  await tell([{ name: "two", url: first.url }])
  const lost = "events wait for an endpoint that is no longer configured"
  await waitUntil("the dead letter", () => berth.output().includes(lost))
  first.status = 200
  await upload("for two")
  await waitUntil("its delivery", () => first.received.length === 3)
  expect(second.received).toHaveLength(2)
  expect(berth.output()).not.toContain("restart the server")
})
