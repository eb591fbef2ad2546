import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { startRegistry, type Registry } from "./client.ts"

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

describe("distribution-spec, Determining Support (end-1)", () => {
  test("GET /v2/ answers 200", async () => {
    const response = await registry.send("GET", "/v2/")
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({})
    expect(response.headers.get("content-type")).toStartWith("application/json")
  })

  test("HEAD /v2/ answers 200 without a body", async () => {
    const response = await registry.send("HEAD", "/v2/")
    expect(response.status).toBe(200)
    expect(await response.text()).toBe("")
  })

  test("/v2 without its slash answers 200 or leads to /v2/", async () => {
    const response = await registry.send("GET", "/v2")
    if (response.status !== 200) {
      expect(response.status).toBeOneOf([301, 302, 307, 308])
      expect(new URL(response.headers.get("location") ?? "", registry.url).pathname).toBe("/v2/")
    }
  })
})

describe("distribution's API version header", () => {
  test.each(["/v2/", "/v2/_catalog", "/v2/some/unknown/tags/list", "/v2/UPPER/manifests/latest"])(
    "every answer below /v2 carries Docker-Distribution-Api-Version: %s",
    async (path) => {
      const response = await registry.send("GET", path)
      expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0")
    },
  )
})

describe("Berth: around /v2", () => {
  test("GET /v1/_ping says that this is a standalone registry", async () => {
    const response = await registry.send("GET", "/v1/_ping")
    expect(response.status).toBe(200)
    expect(response.headers.get("x-docker-registry-standalone")).toBeOneOf(["true", "1"])
  })

  test.each(["/v2/no/such/route", "/v2/a/tags", "/v2/a/blobs", "/v3/", "/v1/users/"])(
    "an unknown route is 404: %s",
    async (path) => {
      expect((await registry.send("GET", path)).status).toBe(404)
    },
  )
})
