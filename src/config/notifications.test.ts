import { describe, expect, test } from "bun:test"
import { loadConfig } from "./load-config.ts"

const BASE = "version: 0.1\nstorage: inmemory\n"

async function load(text: string, env: Record<string, string> = {}) {
  return (await loadConfig({ env, file: { path: "config.yml", text: `${BASE}${text}` } })).config
}

const ENDPOINT = `
notifications:
  events: {includereferences: true}
  endpoints:
    - name: Hook
      url: https://example.com/hook
      headers: {Authorization: [Bearer x]}
      timeout: 500ms
      threshold: 0
      ignoredmediatypes: [a/b]
      ignore: {mediatypes: [c/d], actions: [pull]}
    - {name: off, url: http://example.com, disabled: true}
`

describe("notifications", () => {
  test("are read as distribution reads them, with its defaults", async () => {
    const { notifications } = await load(ENDPOINT)
    expect(notifications).toEqual({
      endpoints: [
        {
          name: "Hook",
          url: "https://example.com/hook",
          headers: { Authorization: ["Bearer x"] },
          timeoutSeconds: 0.5,
          threshold: 10,
          backoffSeconds: 1,
          ignoredMediaTypes: ["a/b", "c/d"],
          ignoredActions: ["pull"],
          format: "v1",
          hmacKey: undefined,
        },
      ],
      includesReferences: true,
      outbox: { maxWaiting: 100_000, maxAgeSeconds: 604_800, keepDeadSeconds: 2_592_000 },
    })
  })

  test("what is Berth's own about an endpoint is found by its name, which a variable writes in small letters", async () => {
    const env = { REGISTRY_EVENTS_ENDPOINTS_HOOK_HMACKEY: "0123", REGISTRY_EVENTS_MEDIATYPE: "v2" }
    const { notifications } = await load(`${ENDPOINT}\nevents: {endpoints: {Hook: {format: harbor}}}`, env)
    expect(notifications.endpoints).toMatchObject([{ format: "harbor", hmacKey: "0123" }])
    const { notifications: other } = await load(ENDPOINT, env)
    expect(other.endpoints).toMatchObject([{ format: "v2", hmacKey: "0123" }])
  })

  test("endpoints without a name, or with one that is taken, get one of their own", async () => {
    const { notifications } = await load(
      "notifications: {endpoints: [{url: http://a}, {name: b, url: http://b}, {name: b, url: http://c}]}",
    )
    expect(notifications.endpoints.map(({ name }) => name)).toEqual(["endpoint-0", "b", "b-2"])
  })

  test("endpoints are added and changed by variables with an index", async () => {
    const { notifications } = await load(ENDPOINT, {
      REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL: "http://changed",
      REGISTRY_NOTIFICATIONS_ENDPOINTS_2_URL: "http://new",
      REGISTRY_NOTIFICATIONS_ENDPOINTS_2_IGNORE_ACTIONS_0: "pull",
      REGISTRY_NOTIFICATIONS_EVENTCONFIG_INCLUDEREFERENCES: "false",
    })
    expect(notifications.endpoints.map(({ url }) => url)).toEqual(["http://changed", "http://new"])
    expect(notifications.endpoints.map(({ ignoredActions }) => ignoredActions)).toEqual([["pull"], ["pull"]])
    expect(notifications.includesReferences).toBe(false)
  })
})

describe("health", () => {
  test("checks are read under the names of the file and of distribution's variables", async () => {
    const { health } = await load(
      `health: {storagedriver: {enabled: true}, file: [{file: /down}], http: [{uri: 'http://a', statuscode: 0, timeout: 3s}]}`,
      { REGISTRY_HEALTH_TCPCHECKERS: "[{addr: 'db:5432', interval: 1m, threshold: 3}]" },
    )
    expect(health).toEqual({
      storage: { intervalSeconds: 10, threshold: 1 },
      files: [{ path: "/down", intervalSeconds: 10 }],
      urls: [{ url: "http://a", headers: {}, status: 200, timeoutSeconds: 3, intervalSeconds: 10, threshold: 1 }],
      tcp: [{ address: "db:5432", timeoutSeconds: 10, intervalSeconds: 60, threshold: 3 }],
    })
  })
})
