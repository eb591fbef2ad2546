import { expect } from "bun:test"
import { createHash } from "node:crypto"
import { requirePrograms } from "../e2e/support/programs.ts"
import { startBerth, startDockerRegistry, type Configuration, type RunningServer } from "./servers.ts"

/** A request, and what the endpoint was sent because of it. */
interface Told {
  request: string
  events: string[]
}

interface Received {
  contentType: string | null
  custom: string | null
  body: string
}

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
const OCI_INDEX = "application/vnd.oci.image.index.v1+json"
const CONFIG = '{"architecture":"amd64"}'
const LAYER = "a layer"
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(CONFIG), size: CONFIG.length },
  layers: [
    {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: digestOf(LAYER),
      size: LAYER.length,
      annotations: { z: "<1>", a: "2" },
    },
  ],
})
const INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [
    {
      mediaType: OCI_MANIFEST,
      digest: digestOf(MANIFEST),
      size: MANIFEST.length,
      platform: { architecture: "amd64", os: "linux" },
    },
  ],
})
/** Long enough for a server to send what it is going to send; only docker-registry's silence depends on it. */
const QUIET_MS = 150
const LONGEST_MS = 10_000

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`
}

/** Plays the same requests to a server, and notes after each what its endpoint received: as much as another's, if given. */
async function play(
  start: (configuration: Configuration) => Promise<RunningServer>,
  more: string,
  expected?: Told[],
): Promise<Told[]> {
  const received: Received[] = []
  using receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { headers } = request
      received.push({
        contentType: headers.get("content-type"),
        custom: headers.get("x-custom"),
        body: await request.text(),
      })
      return new Response("taken")
    },
  })
  const file = `version: 0.1
storage: {filesystem: {rootdirectory: "{root}/data"}, delete: {enabled: true}}
http: {addr: "127.0.0.1:{port}"}
notifications:
  events: {includereferences: true}
  endpoints:
    - {name: hook, url: "http://127.0.0.1:${receiver.port}/hook", timeout: 2s, threshold: 3, backoff: 1s, headers: {X-Custom: [a, b]}${more}}
`
  await using server = await start({ name: "events", file })
  const told: Told[] = []

  async function ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const url = path.startsWith("http") ? path : server.url + path
    const headers = { "User-Agent": "probe <1> & 2", ...(init.headers as Record<string, string>) }
    const response = await fetch(url, { ...init, method, redirect: "manual", headers })
    await response.arrayBuffer()
    const request = `${method} ${path.replace(/.*uploads\/.+/, "an upload")}`
    await awaitEvents(expected?.[told.length]?.events.length)
    const events = received.splice(0).map(({ contentType, custom, body }) => `${contentType} ${custom}\n${level(body)}`)
    told.push({ request, events })
    return response
  }

  /** Waits for as many as there are to come, or for longer than a server takes to send what it sends. */
  async function awaitEvents(count: number | undefined): Promise<void> {
    if (count === undefined) return Bun.sleep(QUIET_MS)
    for (const giveUpAt = Date.now() + LONGEST_MS; received.length < count && Date.now() < giveUpAt;) await Bun.sleep(2)
  }

  /** Leaves out what is never the same twice. */
  function level(body: string): string {
    const text = body
      .replaceAll(/("(?:id|instanceID)": )"[0-9a-f-]{36}"/g, '$1"an id"')
      .replaceAll(/("timestamp": )"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"/g, '$1"a time"')
      .replaceAll(server.host, "HOST")
      .replaceAll(new RegExp(`("addr": "[^":]+:)${server.host.split(":")[1]}"`, "g"), '$1PORT"')
      .replaceAll(/("addr": "127\.0\.0\.1):\d+"/g, '$1:A PORT"')
    return text
  }

  async function pushBlob(repository: string, content: string): Promise<void> {
    const begun = await ask("POST", `/v2/${repository}/blobs/uploads/`)
    const location = new URL(begun.headers.get("location") ?? "", server.url)
    location.searchParams.set("digest", digestOf(content))
    await ask("PUT", location.href, { body: content })
  }

  await pushBlob("lib/a", CONFIG)
  await pushBlob("lib/a", LAYER)
  await pushBlob("lib/a", "")
  await ask("POST", `/v2/lib/b/blobs/uploads/?mount=${digestOf(LAYER)}&from=lib/a`)
  const manifest = { body: MANIFEST, headers: { "Content-Type": OCI_MANIFEST } }
  await ask("PUT", "/v2/lib/a/manifests/latest", manifest)
  await ask("PUT", "/v2/lib/a/manifests/latest", manifest)
  await ask("PUT", `/v2/lib/a/manifests/${digestOf(MANIFEST)}`, manifest)
  await ask("PUT", "/v2/lib/a/manifests/index", { body: INDEX, headers: { "Content-Type": OCI_INDEX } })
  await ask("PUT", "/v2/lib/a/manifests/broken", { body: "{}", headers: { "Content-Type": OCI_MANIFEST } })
  const accept = { headers: { Accept: `${OCI_MANIFEST}, ${OCI_INDEX}` } }
  for (const method of ["HEAD", "GET"]) {
    await ask(method, "/v2/lib/a/manifests/latest", accept)
    await ask(method, `/v2/lib/a/manifests/${digestOf(MANIFEST)}`, accept)
    await ask(method, "/v2/lib/a/manifests/index", accept)
    await ask(method, "/v2/lib/a/manifests/absent", accept)
    await ask(method, `/v2/lib/a/blobs/${digestOf(LAYER)}`)
    await ask(method, `/v2/lib/a/blobs/${digestOf("absent")}`)
  }
  await ask("GET", "/v2/lib/a/manifests/latest", {
    headers: { ...accept.headers, "If-None-Match": `"${digestOf(MANIFEST)}"` },
  })
  await ask("GET", `/v2/lib/a/blobs/${digestOf(LAYER)}`, { headers: { Range: "bytes=0-1" } })
  await ask("GET", `/v2/lib/a/blobs/${digestOf(LAYER)}`, { headers: { "If-None-Match": `"${digestOf(LAYER)}"` } })
  await ask("GET", "/v2/lib/a/tags/list")
  await ask("DELETE", `/v2/lib/a/manifests/${digestOf(MANIFEST)}`)
  await ask("DELETE", `/v2/lib/a/manifests/${digestOf(MANIFEST)}`)
  await ask("DELETE", `/v2/lib/a/blobs/${digestOf(LAYER)}`)
  await ask("DELETE", `/v2/lib/a/blobs/${digestOf(LAYER)}`)
  // What came although nothing was expected.
  await ask("GET", "/v2/")
  return told
}

const compared = requirePrograms("docker-registry")

compared("an endpoint is sent the same, byte for byte, by docker-registry and by Berth", async () => {
  const expected = await play(startDockerRegistry, "")
  const actual = await play(startBerth, "", expected)
  expect(expected.flatMap(({ events }) => events).length).toBeGreaterThan(20)
  expect(actual).toEqual(expected)
})

compared("an endpoint that ignores media types and actions is sent the same by both", async () => {
  const ignoring = ", ignore: {mediatypes: [application/octet-stream], actions: [pull]}"
  const expected = await play(startDockerRegistry, ignoring)
  const actual = await play(startBerth, ignoring, expected)
  expect(expected.flatMap(({ events }) => events).length).toBeGreaterThan(4)
  expect(actual).toEqual(expected)
})
