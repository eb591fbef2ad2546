import { expect, test } from "bun:test"
import { stringify } from "yaml"
import type { Config } from "../config/config.ts"
import { loadConfig } from "../config/load-config.ts"
import { describeExposure, describeStart } from "./welcome.ts"

async function load(env: Record<string, string>): Promise<Config> {
  return (await loadConfig({ env })).config
}

const OPEN = { REGISTRY_HTTP_ADDR: ":5000" }
const WITHOUT_DELETE = { REGISTRY_STORAGE_DELETE_ENABLED: "false" }
const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: "true" }

test.each([
  ["push and delete", {}],
  ["push", WITHOUT_DELETE],
  ["pull", READ_ONLY],
  ["pull", { ...READ_ONLY, ...WITHOUT_DELETE }],
])("without authentication everybody may %s", async (rights, env) => {
  const config = await load({ ...OPEN, ...env })
  expect(describeExposure(config)).toBe(`this registry has no authentication: everybody who reaches it may ${rights}`)
  const text = describeStart(config, { port: 5000, version: "1.0.0", root: "/data" })
  expect(text).toContain(`NONE: everybody on the network may ${rights} (auth.htpasswd)\n`)
})

const TOKEN = {
  auth: { token: { realm: "https://auth.example/token", service: "s", issuer: "auth.example", jwks: "/keys" } },
}

test("tokens are shown with who gives them, and where", async () => {
  const show = async (auth: object) => {
    const text = stringify({ version: 0.1, storage: { inmemory: {} }, ...auth })
    const { config } = await loadConfig({ env: {}, file: { path: "config.yml", text } })
    expect(describeExposure(config)).toBeUndefined()
    return describeStart(config, { port: 5000, version: "1.0.0", root: undefined })
  }
  expect(await show(TOKEN)).toContain("  tokens of auth.example, from https://auth.example/token\n")
  const redirecting = { auth: { token: { ...TOKEN.auth.token, autoredirect: true } } }
  expect(await show(redirecting)).toContain("  tokens of auth.example, from /auth/token on this host\n")
})

test("silly is shown as what it is, on this machine alone too", async () => {
  for (const address of [OPEN, { REGISTRY_HTTP_ADDR: "127.0.0.1:5000" }]) {
    const env = { ...address, REGISTRY_AUTH_SILLY_REALM: "r", REGISTRY_AUTH_SILLY_SERVICE: "s" }
    const config = await load(env)
    expect(describeExposure(config)).toBe(
      "auth.silly checks nothing: everybody who sends any credentials may push and delete",
    )
    const text = describeStart(config, { port: 5000, version: "1.0.0", root: "/data" })
    expect(text).toContain("  NONE: silly lets in whoever sends any credentials, to push and delete\n")
  }
})

test.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["localhost", true],
  ["[::1]", true],
  ["127.example.org", false],
  ["127.0.0.1.example.org", false],
  ["192.0.2.1", false],
])("%s is this machine alone: %p", async (host, isLocal) => {
  const config = await load({ REGISTRY_HTTP_ADDR: `"${host}:5000"` })
  expect(describeExposure(config) === undefined).toBe(isLocal)
})
