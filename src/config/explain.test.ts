import { describe, expect, test } from "bun:test"
import { buildTree, explainConfig } from "./explain.ts"
import { loadConfig } from "./load-config.ts"
import { printYaml } from "./yaml-text.ts"

const TEXT = `version: 0.1
loglevel: warn
storage: inmemory
http:
  headers: {X-Frame-Options: [DENY]}
  tls:
    minimumtls: tls1.0
    certificate: c
    key: k
notifications:
  endpoints:
    - name: hook
      url: http://a
      timeout: 5
redis:
  password: hidden
`

async function explain(text: string | undefined, env: Record<string, string> = {}) {
  const explanation = await explainConfig({ env, file: text === undefined ? undefined : { path: "config.yml", text } })
  const find = (key: string) => explanation.settings.find(({ path }) => path.join(".") === key)
  return { ...explanation, find }
}

describe("explainConfig()", () => {
  test("tells the value that counts and the line it is on", async () => {
    const { find } = await explain(TEXT)
    expect(find("notifications.endpoints.0.url")).toMatchObject({
      value: "http://a",
      origin: { kind: "file", line: 13 },
    })
    expect(find("http.tls.minimumtls")).toMatchObject({ value: "tls1.2", origin: { line: 7 } })
    expect(find("notifications.endpoints.0.timeout")).toMatchObject({ value: "1s", origin: { line: 14 } })
    expect(find("log.level")).toMatchObject({ value: "warn", origin: { line: 2 } })
    expect(find("storage.inmemory")).toMatchObject({ origin: { line: 3 } })
  })

  test("names the variable that counts, whatever the case of the name in the file", async () => {
    const { find } = await explain(TEXT, {
      "REGISTRY_HTTP_HEADERS_X-FRAME-OPTIONS": "[SAMEORIGIN]",
      REGISTRY_HTTP_TLS: "{certificate: other, key: k}",
      REGISTRY_NOTIFICATIONS_ENDPOINTS_1_URL: "http://b",
    })
    expect(find("http.headers.X-Frame-Options")).toMatchObject({
      value: ["SAMEORIGIN"],
      origin: { kind: "variable", name: "REGISTRY_HTTP_HEADERS_X-FRAME-OPTIONS" },
    })
    expect(find("http.tls.certificate")?.origin).toEqual({ kind: "variable", name: "REGISTRY_HTTP_TLS" })
    expect(find("http.tls.minimumtls")).toMatchObject({ value: "tls1.2", origin: { kind: "default" } })
    expect(find("notifications.endpoints.0.url")?.origin.kind).toBe("file")
    expect(find("notifications.endpoints.1.url")?.origin.kind).toBe("variable")
  })

  test("knows the defaults that depend on whether there is a file", async () => {
    const without = await explain(undefined)
    expect(without.find("storage.filesystem.rootdirectory")).toMatchObject({
      value: "./data",
      origin: { kind: "default" },
    })
    expect(without.find("storage.delete.enabled")?.value).toBe("true")
    expect((await explain(TEXT)).find("storage.delete.enabled")?.value).toBe("false")
  })

  test("says of each key without effect why, and marks passwords there as well", async () => {
    const { find } = await explain(TEXT)
    expect(find("redis.password")).toMatchObject({ isSecret: true, idleReason: expect.stringContaining("database") })
  })

  test("shows what a number without a unit comes to", async () => {
    const { find } = await explain("version: 0.1\nstorage: inmemory\nhttp: {draintimeout: 1000000000}\n")
    expect(find("http.draintimeout")?.value).toBe("1s")
  })

  test("shows an old key only where it is set", async () => {
    const text = "version: 0.1\nstorage: inmemory\n"
    expect((await explain(text)).find("validation.enabled")).toBeUndefined()
    expect((await explain(`${text}validation: {enabled: true}\n`)).find("validation.enabled")?.value).toBe("true")
  })

  test("says that HTTP/2 is off unless it is asked for, whatever http.http2.disabled says", async () => {
    expect((await explain(TEXT)).find("http.http2.disabled")?.idleReason).toBe("HTTP/2 is off unless network.http2")
    const asked = await explain(`${TEXT}network: {http2: true}\n`)
    expect(asked.find("http.http2.disabled")).toEqual({
      path: ["http", "http2", "disabled"],
      value: "false",
      isSecret: false,
      origin: { kind: "default" },
    })
  })

  test("shows what can be read beside every problem", async () => {
    const { find, problems } = await explain(`${TEXT}limits: {uploads: 0, ranges: 5}\ncatalog: {maxentries: many}\n`)
    expect(problems.map(({ key }) => key)).toEqual(["catalog.maxentries", "limits.uploads"])
    expect(find("limits.ranges")?.value).toBe("5")
    expect(find("catalog.maxentries")?.value).toBe("many")
  })

  test("reports YAML that cannot be read", async () => {
    expect((await explain("a: [")).problems).toHaveLength(1)
  })
})

test("buildTree() gives what is read to the same configuration", async () => {
  const file = {
    path: "config.yml",
    text: `${TEXT}events: {endpoints: {hook: {hmackey: '0'}}}\nhealth: {file: [{file: a}, {file: b}]}`,
  }
  const env = { REGISTRY_LOG_FIELDS_A: "'null'", REGISTRY_LOG_FIELDS_B: "'[x'" }
  const tree = buildTree(await explainConfig({ env, file }), ({ value }) => value)
  const printed = { path: "config.yml", text: await printYaml(tree) }
  const { config } = await loadConfig({ env: {}, file: printed })
  expect(config).toEqual((await loadConfig({ env, file })).config)
  expect(config.log.fields).toEqual({ a: "null", b: "[x" })
})

describe("secrets in files", () => {
  const readFile = (path: string) =>
    path === "/run/key" ? Promise.resolve("k 1: [\n") : Promise.reject(new Error("ENOENT"))
  const file = { path: "config.yml", text: TEXT }

  test("are read as they are, without the end of the line", async () => {
    const env = { REGISTRY_EVENTS_ENDPOINTS_HOOK_HMACKEY_FILE: "/run/key", REGISTRY_HTTP_SECRET_FILE: "/run/key" }
    const { config } = await loadConfig({ env, file, readFile })
    expect(config.notifications.endpoints[0]?.hmacKey).toBe("k 1: [")
  })

  test("stop the start when they cannot be read", () => {
    const env = { REGISTRY_HTTP_SECRET_FILE: "/missing" }
    return expect(loadConfig({ env, file, readFile })).rejects.toThrow(
      "REGISTRY_HTTP_SECRET_FILE: names a file that cannot be read: ENOENT",
    )
  })

  test("are for secrets alone", async () => {
    const { warnings } = await loadConfig({ env: { REGISTRY_HTTP_HOST_FILE: "/run/key" }, file, readFile })
    expect(warnings.join("\n")).toContain("REGISTRY_HTTP_HOST_FILE is unknown")
  })
})
