import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { waitUntil } from "../operations/wait.ts"
import { findFreePort } from "../support/free-port.ts"

const PAGE = readFileSync(join(import.meta.dir, "..", "..", "docs", "metrics.md"), "utf8")

/** `name type labels`, as the page's tables have them. */
function listDocumented(): string[] {
  const rows = [...PAGE.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)]
  return rows.map(
    ([, name, type, labels = ""]) => `${name} ${type} ${listNames(labels.replaceAll("`", "").split(","))}`,
  )
}

/** The same, as the server prints them. */
function listPrinted(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", type]) => {
    const line = new RegExp(`^${name}(?:_sum)?(?:\\{(.*)\\})? `, "m").exec(text)
    if (line === null) throw new Error(`${name} has no value`)
    return `${name} ${type} ${listNames((line[1] ?? "").split(",").map((each) => each.split("=")[0] ?? ""))}`
  })
}

function listNames(names: string[]): string {
  return names
    .map((each) => each.trim())
    .sort()
    .join(" ")
}

/** Takes events as an endpoint does. */
function startEndpoint() {
  const { promise: received, resolve } = Promise.withResolvers<string>()
  const answer = async (request: Request) => {
    resolve(await request.text())
    return new Response()
  }
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer })
  return { url: server.url.href, received, [Symbol.asyncDispose]: () => server.stop(true) }
}

function push(url: string): Promise<Response> {
  return fetch(`${url}/v2/a/manifests/latest`, {
    method: "PUT",
    headers: { "content-type": "application/vnd.oci.image.index.v1+json" },
    body: JSON.stringify({ schemaVersion: 2, manifests: [] }),
  })
}

async function read(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

test("every metric of a server is on the page, with its type and labels, and there is no other on it", async () => {
  const debugPort = await findFreePort()
  const port = await findFreePort()
  const debug = { addr: `127.0.0.1:${debugPort}`, prometheus: { enabled: true } }
  await using endpoint = startEndpoint()
  const notifications = { endpoints: [{ name: "hook", url: endpoint.url }] }
  const config = { http: { addr: `127.0.0.1:${port}`, debug }, notifications }
  await using berth = await startBerth({ port, config })
  // What counts storage has no value before the first request.
  await fetch(`${berth.url}/v2/a/blobs/uploads/`, { method: "POST" }).then((response) =>
    fetch(new URL(response.headers.get("location") ?? "", berth.url), { method: "DELETE" }),
  )
  const event = await push(berth.url).then(() => endpoint.received)
  expect(event).toContain('"action"')
  await waitUntil("the count", async () => (await read(debugPort)).includes("registry_notifications_status_total{"))
  const response = await fetch(`http://127.0.0.1:${debugPort}/metrics`)
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
  expect(listPrinted(await response.text()).sort()).toEqual(listDocumented().sort())
})
