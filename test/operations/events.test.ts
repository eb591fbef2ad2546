import { expect, test } from "bun:test"
import { createHash, createHmac } from "node:crypto"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { readEnvelopes, startEventReceiver } from "../support/event-receiver.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { writeConfig } from "../commands/scene.ts"
import { waitUntil } from "./wait.ts"

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`
}

async function pushBlob(berth: Berth, repository: string, content: string): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(content)}`
  const answer = await fetch(berth.url + path, { method: "POST", body: content })
  expect(answer.status).toBe(201)
}

async function pushManifest(berth: Berth, repository: string, tag: string): Promise<void> {
  await pushBlob(berth, repository, "{}")
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("{}"), size: 2 }
  const answer = await fetch(`${berth.url}/v2/${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { "Content-Type": mediaType },
    body: JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }),
  })
  expect(answer.status).toBe(201)
}

/** A command for the operator of the server. */
async function run(berth: Berth, ...argv: string[]) {
  const child = Bun.spawn([process.execPath, MAIN, ...argv, "--config", berth.configPath], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { out, err, code }
}

function endpointOf(name: string, url: string, more: object = {}) {
  return { name, url, timeout: "2s", threshold: 2, backoff: "50ms", ...more }
}

test("two endpoints are told of the same push in their own forms, one with a signature", async () => {
  using plain = startEventReceiver()
  using signed = startEventReceiver()
  const ignore = { mediatypes: ["application/octet-stream"] }
  const notifications = { endpoints: [endpointOf("plain", plain.url, { ignore }), endpointOf("signed", signed.url)] }
  const events = { endpoints: { signed: { format: "cloudevents", hmackey: "a key" } } }
  await using berth = await startBerth({ config: { notifications, events } })
  await pushManifest(berth, "team/app", "v1")
  await waitUntil("both deliveries", () => plain.received.length === 1 && signed.received.length === 2)
  expect(readEnvelopes(plain.received)).toMatchObject([
    { action: "push", target: { repository: "team/app", tag: "v1" } },
  ])
  const types = signed.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
  expect(types).toEqual(["berth.blob.push", "berth.manifest.push"])
  for (const { headers, body } of signed.received) {
    const expected = createHmac("sha256", "a key").update(body).digest("hex")
    expect(headers.get("x-berth-signature-256")).toBe(`sha256=${expected}`)
  }
})

test("events that were given up are listed, counted, and delivered when they are replayed", async () => {
  using receiver = startEventReceiver()
  receiver.status = 500
  const notifications = { endpoints: [endpointOf("hook", receiver.url)] }
  const port = await findFreePort()
  const debugPort = await findFreePort()
  const debug = { addr: `127.0.0.1:${debugPort}`, prometheus: { enabled: true } }
  const http = { addr: `127.0.0.1:${port}`, debug }
  await using berth = await startBerth({ port, config: { notifications, http, events: { maxwaiting: 1 } } })
  await pushBlob(berth, "a", "first")
  await pushBlob(berth, "a", "second")
  const listed = await run(berth, "events", "list")
  expect(listed).toMatchObject({ code: 0, err: "hook: 1 waiting, 1 dead\n" })
  expect(listed.out).toContain("too many deliveries wait for the endpoint")
  const waiting = await run(berth, "events", "list", "--endpoint", "hook", "--state", "waiting", "--json")
  expect(JSON.parse(waiting.out)).toMatchObject({ items: [{ repository: "a", reference: digestOf("first") }] })
  await waitUntil("a failure in the metrics", async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${debugPort}/metrics`)).text()
    return (
      metrics.includes('registry_notifications_pending_total{endpoint="hook"} 1') &&
      metrics.includes('registry_notifications_events_total{type="Events",endpoint="hook"} 2') &&
      /registry_notifications_status_total\{code="500 Internal Server Error",endpoint="hook"\} [1-9]/.test(metrics)
    )
  })
  receiver.status = 200
  await waitUntil("the delivery of the first", async () =>
    (await run(berth, "events", "list")).err.startsWith("hook: 0 "),
  )
  receiver.received.length = 0
  expect(await run(berth, "events", "replay", "--endpoint", "other")).toMatchObject({ code: 1 })
  expect(await run(berth, "events", "replay")).toMatchObject({ code: 2 })
  expect(await run(berth, "events", "replay", "--all")).toMatchObject({ code: 0, out: "1 event will be sent again\n" })
  await waitUntil("the delivery of the second", () => receiver.received.length === 1)
  expect(readEnvelopes(receiver.received)).toMatchObject([{ target: { digest: digestOf("second") } }])
})

test("what a restoration brings back is told as its push was, also what was restored without a server", async () => {
  using receiver = startEventReceiver()
  const ignore = { mediatypes: ["application/octet-stream"], actions: ["pull", "delete"] }
  const notifications = { endpoints: [endpointOf("hook", receiver.url, { ignore })] }
  const config = { notifications: { ...notifications, events: { includereferences: true } } }
  using scratch = createScratch("berth-restored")
  const root = join(scratch.path, "data")
  const berth = await startBerth({ root, config })
  await pushManifest(berth, "team/app", "v1")
  await pushManifest(berth, "team/app", "v2")
  const told = () => readEnvelopes(receiver.received).map(({ target }) => target)
  await waitUntil("the pushes", () => told().length === 2)
  const [first, second] = told()
  receiver.received.length = 0

  await fetch(`${berth.url}/v2/team/app/manifests/v1`, { method: "DELETE" })
  expect(await run(berth, "tag", "restore", "team/app:v1")).toMatchObject({ code: 0 })
  await waitUntil("the tag", () => told().length === 1)
  const { url: _, ...pushed } = first as { url?: string }
  expect(told()).toEqual([pushed as NonNullable<typeof first>])

  expect(await run(berth, "repository", "delete", "team/app", "--yes")).toMatchObject({ code: 0 })
  await berth.stop()
  const configPath = writeConfig(root, config)
  expect(await run({ ...berth, configPath }, "repository", "restore", "team/app")).toMatchObject({ code: 0 })
  receiver.received.length = 0
  await using again = await startBerth({ root, config })
  await waitUntil("the repository", () => told().length === 2)
  expect(told().map(({ tag, digest }) => ({ tag, digest }))).toEqual(
    [first, second].map((each) => ({ tag: each?.tag, digest: each?.digest })),
  )
  expect((await fetch(`${again.url}/v2/team/app/manifests/v2`)).status).toBe(200)
})
