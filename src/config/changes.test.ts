import { expect, test } from "bun:test"
import { listChangedKeys } from "./changes.ts"
import { loadConfig } from "./load-config.ts"

async function compare(before: Record<string, string>, after: Record<string, string>): Promise<string[]> {
  const [left, right] = await Promise.all([loadConfig({ env: before }), loadConfig({ env: after })])
  return listChangedKeys(left.settings, right.settings)
}

test("the same settings have no change, also where a default is written down", async () => {
  expect(await compare({}, {})).toEqual([])
  expect(await compare({}, { REGISTRY_LOG_LEVEL: "info" })).toEqual([])
})

test("a change is named by its key in the file", async () => {
  const after = { REGISTRY_LOG_LEVEL: "debug", REGISTRY_LIMITS_UPLOADS: "5", REGISTRY_HTTP_ADDR: ":6000" }
  expect((await compare({}, after)).sort()).toEqual(["http.addr", "limits.uploads", "log.level"])
})

test("a section that came or went is named by what is in it", async () => {
  const htpasswd = { REGISTRY_AUTH_HTPASSWD_REALM: "r", REGISTRY_AUTH_HTPASSWD_PATH: "/p" }
  expect((await compare(htpasswd, {})).sort()).toEqual(["auth.htpasswd.path", "auth.htpasswd.realm"])
})

test("lists and patterns are compared by what is in them", () => {
  expect(listChangedKeys({ a: [/x/], b: [1, 2] }, { a: [/x/], b: [1, 2] })).toEqual([])
  expect(listChangedKeys({ a: [/x/], b: [1, 2] }, { a: [/y/], b: [2, 1] })).toEqual(["a", "b"])
})
