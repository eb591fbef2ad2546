import { expect, test } from "bun:test"
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
