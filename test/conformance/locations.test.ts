import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createRegistry, freshRepository, locationOf, startRegistry, type Registry } from "./client.ts"
import { digestOf, indexManifest, OCI_INDEX, randomBytes, toJsonBytes } from "./content.ts"
import { sendChunk, withDigest } from "./push.ts"

interface Locations {
  opened: string
  patched: string
  status: string
  closed: string
  mounted: string
  manifest: string
}

/** Every Location that a push gives. */
async function collectLocations(registry: Registry, prefix = ""): Promise<Locations> {
  const [source, target] = [freshRepository("locations"), freshRepository("locations")]
  const content = randomBytes(100)
  const at = (location: string): string => {
    const { pathname, search } = new URL(location, registry.url)
    return pathname + search
  }
  const opened = locationOf(await registry.send("POST", `${prefix}/v2/${source}/blobs/uploads/`))
  const patched = locationOf(await sendChunk(registry, at(opened), 0, content))
  const status = locationOf(await registry.send("GET", at(patched)))
  const closed = locationOf(await registry.send("PUT", withDigest(at(status), digestOf(content))))
  const mount = `${prefix}/v2/${target}/blobs/uploads/?mount=${digestOf(content)}&from=${source}`
  const mounted = locationOf(await registry.send("POST", mount))
  const pushed = await registry.send("PUT", `${prefix}/v2/${source}/manifests/v1`, {
    headers: { "content-type": OCI_INDEX },
    body: toJsonBytes(indexManifest([])),
  })
  const manifest = locationOf(pushed)
  return { opened, patched, status, closed, mounted, manifest }
}

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

describe("Berth: Location without http.host", () => {
  test("is a path, so that it is right behind any proxy", async () => {
    for (const location of Object.values(await collectLocations(registry))) expect(location).toStartWith("/v2/")
  })

  test("is a path whatever Host and X-Forwarded headers say", async () => {
    const headers = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" }
    const response = await registry.send("POST", `/v2/${freshRepository("locations")}/blobs/uploads/`, { headers })
    expect(locationOf(response)).toStartWith("/v2/")
  })
})

describe("Berth: Location with http.host", () => {
  test("begins with the configured origin", async () => {
    const port = await findFreePort()
    await using berth = await startBerth({
      port,
      config: { http: { addr: `127.0.0.1:${port}`, host: "https://registry.example:8443" } },
    })
    for (const location of Object.values(await collectLocations(createRegistry(berth.url)))) {
      expect(location).toStartWith("https://registry.example:8443/v2/")
    }
  })
})

describe("Berth: http.prefix", () => {
  test("moves every route and every Location", async () => {
    const port = await findFreePort()
    const http = { addr: `127.0.0.1:${port}`, prefix: "/registry/" }
    await using berth = await startBerth({ port, config: { http } })
    const prefixed = createRegistry(berth.url)
    expect((await prefixed.send("GET", "/registry/v2/")).status).toBe(200)
    expect((await prefixed.send("GET", "/v2/")).status).toBe(404)
    for (const location of Object.values(await collectLocations(prefixed, "/registry"))) {
      expect(location).toStartWith("/registry/v2/")
    }
  })
})

describe("distribution, http.headers", () => {
  test("are on answers below /v2", async () => {
    const port = await findFreePort()
    const http = { addr: `127.0.0.1:${port}`, headers: { "X-Content-Type-Options": ["nosniff"], "X-Own": ["a", "b"] } }
    await using berth = await startBerth({ port, config: { http } })
    const response = await createRegistry(berth.url).send("GET", "/v2/")
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
    expect(response.headers.get("x-own")).toBe("a, b")
  })
})
