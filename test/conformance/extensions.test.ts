import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { freshRepository, startRegistry, type Registry } from "./client.ts"
import { pushImage } from "./push.ts"

const repository = freshRepository("extensions")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
  await pushImage(registry, repository, { tag: "v1" })
})
afterAll(() => registry.stop())

interface Extension {
  name: string
  url: string
  description?: string
  endpoints: string[]
}

async function discover(path: string): Promise<Extension[]> {
  const response = await registry.send("GET", path)
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toStartWith("application/json")
  return ((await response.json()) as { extensions: Extension[] }).extensions
}

describe("distribution-spec, extensions/_oci.md: discovery", () => {
  test("both levels answer a list, and what is in it has name, url and endpoints", async () => {
    for (const path of ["/v2/_oci/ext/discover", `/v2/${repository}/_oci/ext/discover`]) {
      for (const extension of await discover(path)) {
        expect(extension.name).toMatch(/^_[a-z0-9]+/)
        expect(extension.url).toStartWith("https://")
        expect(extension.endpoints.length).toBeGreaterThan(0)
        expect(extension.description ?? "").toBeString()
      }
    }
  })

  test("every endpoint that a list names is there, below the level that was asked", async () => {
    for (const level of ["/v2/", `/v2/${repository}/`]) {
      for (const { endpoints } of await discover(`${level}_oci/ext/discover`)) {
        for (const endpoint of endpoints) {
          const { pathname } = new URL(endpoint, new URL(level, registry.url))
          expect((await registry.send("GET", pathname)).status).toBe(200)
        }
      }
    }
  })
})
