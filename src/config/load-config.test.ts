import { describe, expect, test } from "bun:test"
import { ConfigError } from "./config-error.ts"
import { loadConfig } from "./load-config.ts"

// What the image of registry:2 holds at /etc/docker/registry/config.yml.
const STOCK = `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`

async function load(text: string | undefined, env: Record<string, string> = {}) {
  return loadConfig({ env, file: text === undefined ? undefined : { path: "config.yml", text } })
}

async function loadProblems(text: string | undefined, env: Record<string, string> = {}) {
  try {
    await load(text, env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems
  }
}

describe("loadConfig() with nothing configured", () => {
  test("listens on loopback, keeps all in ./data and allows deletes", async () => {
    const { config, warnings } = await load(undefined)
    expect(config).toMatchObject({
      source: undefined,
      http: { address: { kind: "tcp", host: "127.0.0.1", port: 5000 }, prefix: "/", tls: undefined },
      storage: { kind: "filesystem", root: "./data", deleteEnabled: true, readOnly: false },
      auth: undefined,
      uploadPurging: { enabled: true, ageSeconds: 604_800, intervalSeconds: 86_400, dryRun: false },
    })
    expect(warnings).toEqual([])
  })

  test("has limits on everything but the size of a blob", async () => {
    const { config } = await load(undefined)
    expect(config.limits).toEqual({
      stallSeconds: 60,
      readStallSeconds: 120,
      uploads: 1000,
      connections: 10_000,
      manifestBytes: 4_194_304,
      manifestReferences: 10_000,
      blobBytes: 0,
      ranges: 1000,
    })
  })

  test("keeps deletes on while variables set other keys, and off when one says so", async () => {
    const { config } = await load(undefined, { REGISTRY_HTTP_ADDR: ":5000", REGISTRY_STORAGE: "inmemory" })
    expect(config.storage).toEqual({ kind: "inmemory", deleteEnabled: true, readOnly: false })
    const off = await load(undefined, { REGISTRY_STORAGE_DELETE_ENABLED: "false" })
    expect(off.config.storage).toEqual({ kind: "filesystem", root: "./data", deleteEnabled: false, readOnly: false })
  })
})

describe("loadConfig() with a file", () => {
  test("reads the stock file of registry:2 and says what has no effect", async () => {
    const { config, warnings } = await load(STOCK)
    expect(config).toMatchObject({
      source: "config.yml",
      log: { level: "info", formatter: "text", fields: { service: "registry" }, accessLog: true },
      http: { address: { kind: "tcp", host: "", port: 5000 }, headers: { "X-Content-Type-Options": ["nosniff"] } },
      storage: { kind: "filesystem", root: "/var/lib/registry", deleteEnabled: false },
    })
    expect(warnings).toEqual(["storage.cache has no effect: look-ups come from the metadata database"])
    expect(config.health.storage).toEqual({ intervalSeconds: 10, threshold: 3 })
  })

  test("reads every key that has an effect", async () => {
    const { config, warnings } = await load(`
version: 0.1
log: {level: DEBUG, formatter: json, accesslog: {disabled: yes}}
storage:
  filesystem: {rootdirectory: 0755}
  delete: {enabled: true}
  maintenance: {uploadpurging: {enabled: false, age: 24h, interval: 90000000000, dryrun: true}, readonly: {enabled: on}}
auth: {htpasswd: {realm: 007, path: /auth}}
http:
  addr: "[::1]:443"
  host: https://registry.example.com/
  prefix: registry
  relativeurls: true
  secret: a-secret-of-some-length
  draintimeout: 1m
  tls: {certificate: c.pem, key: k.pem, minimumtls: tls1.3}
  http2: {disabled: true}
catalog: {maxentries: 50}
tags: {maxtags: -1}
validation: {manifests: {indexes: {platforms: none}, urls: {allow: ['^https:'], deny: '^ftp:'}}}
limits: {stall: 1m30s, manifestbytes: 8_388_608, blobbytes: 10}
workers: {hashing: 2}
database: {path: /fast/metadata.db}
`)
    expect(config).toMatchObject({
      log: { level: "debug", formatter: "json", accessLog: false },
      storage: { kind: "filesystem", root: "0755", deleteEnabled: true, readOnly: true },
      uploadPurging: { enabled: false, ageSeconds: 86_400, intervalSeconds: 90, dryRun: true },
      auth: { kind: "htpasswd", realm: "007", path: "/auth" },
      http: {
        address: { kind: "tcp", host: "::1", port: 443 },
        externalUrl: "https://registry.example.com",
        prefix: "/registry/",
        drainTimeoutSeconds: 60,
        tls: { certificate: { kind: "files", certificatePath: "c.pem", keyPath: "k.pem" }, minimumVersion: "tls1.3" },
      },
      catalog: { maxEntries: 50 },
      tags: { maxTags: 1000 },
      validation: { requiredPlatforms: [], manifestUrls: { allow: [/^https:/], deny: [/^ftp:/] } },
      limits: { stallSeconds: 90, manifestBytes: 8_388_608, blobBytes: 10, uploads: 1000 },
      workers: { hashing: 2 },
      database: { path: "/fast/metadata.db" },
    })
    expect(warnings).toEqual(["tags.maxtags is -1, and 1000 instead"])
  })

  test("takes null for a key that is not there, and a bare driver for one without parameters", async () => {
    const { config } = await load("version: 0.1\nstorage:\n  filesystem:\nhttp:\n  addr: ~\nauth: none\nlimits:\n")
    expect(config.storage).toMatchObject({ kind: "filesystem", root: "/var/lib/registry" })
    expect(config.http.address).toEqual({ kind: "tcp", host: "127.0.0.1", port: 5000 })
    expect(config.auth).toBeUndefined()
  })

  test("takes the old loglevel where log.level is not set", async () => {
    const text = "version: 0.1\nstorage: inmemory\nloglevel: warn\n"
    expect((await load(text)).config.log.level).toBe("warn")
    expect((await load(`${text}log: {level: error}\n`)).config.log.level).toBe("error")
  })

  test("gives a configuration that cannot be changed", async () => {
    const { config } = await load(STOCK)
    expect(Object.isFrozen(config) && Object.isFrozen(config.http.headers["X-Content-Type-Options"])).toBe(true)
  })
})

describe("loadConfig() reports", () => {
  test("every problem at once, with the key, the value seen, what is allowed and the variable it came from", async () => {
    const text = "version: 0.2\nstorage: inmemory\nlimits: {uploads: many, stall: 60}\nhttp: {headers: {a b: [x]}}\n"
    expect(await loadProblems(text, { REGISTRY_HTTP_ADDR: "5000", REGISTRY_LOG: "{level: loud}" })).toEqual([
      { key: "version", seen: '"0.2"', message: "must be 0.1" },
      {
        key: "log.level",
        seen: '"loud"',
        message: "must be one of error, warn, info, debug",
        variable: "REGISTRY_LOG",
      },
      { key: "http.headers.a b", message: "must be the name of a header field" },
      {
        key: "limits.stall",
        seen: '"60"',
        message: "must be a duration above zero such as 500ms, 90s, 1h30m or 7d, at most 3600s",
      },
      { key: "limits.uploads", seen: '"many"', message: "must be a whole number of at least 1" },
      {
        key: "http.addr",
        seen: '"5000"',
        message: "must be host:port, or :port for every interface",
        variable: "REGISTRY_HTTP_ADDR",
      },
    ])
  })

  test("a mistake in YAML with its line and column, and nothing else", async () => {
    const [problem, ...others] = await loadProblems("version: 0.1\nhttp:\n  addr: [\nlimts: 5\n")
    expect(problem?.key).toMatch(/^config\.yml:\d+:\d+$/)
    expect(others.every(({ key }) => key.startsWith("config.yml:"))).toBe(true)
  })

  test("a file that holds no sections", async () => {
    expect(await loadProblems("just text")).toMatchObject([{ key: "config.yml" }])
    expect(await loadProblems("- a")).toMatchObject([{ key: "config.yml" }])
  })

  test("a file without version or storage driver, as distribution does", async () => {
    expect((await loadProblems("log: {level: info}\n")).map(({ key }) => key)).toEqual(["version", "storage"])
  })

  test("problems in lines that can be read", () => {
    const error = new ConfigError([{ key: "a.b", seen: '"x"', message: "must be y", variable: "REGISTRY_A_B" }])
    expect(error.message).toBe('a.b: must be y (seen: "x", set by REGISTRY_A_B)')
  })
})
