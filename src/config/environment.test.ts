import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { ConfigError } from "./config-error.ts"
import { withEnvironment } from "./environment.ts"
import { listKnownKeys } from "./known-keys.ts"
import { loadConfig } from "./load-config.ts"
import { createReport } from "./report.ts"
import type { SettingTree } from "./setting-tree.ts"
import { variableOf } from "./variables.ts"

async function apply(tree: SettingTree, env: Record<string, string>) {
  const report = createReport()
  const changed = await withEnvironment(tree, { env }, report)
  return { tree: changed, warnings: report.warnings, problems: report.problems }
}

describe("withEnvironment()", () => {
  test("overrides the keys of a file and leaves the others", async () => {
    const file = { http: { addr: ":5000", host: "https://a" } }
    const { tree } = await apply(file, { REGISTRY_HTTP_ADDR: ":80", REGISTRY_LIMITS_UPLOADS: "5", PATH: "/bin" })
    expect(tree).toEqual({ http: { host: "https://a", addr: ":80" }, limits: { uploads: "5" } })
  })

  test("replaces the whole of storage by a bare driver, before what is set below it", async () => {
    const file = { storage: { filesystem: {}, delete: { enabled: "true" } } }
    const env = { REGISTRY_STORAGE_MAINTENANCE_READONLY: "{enabled: true}", REGISTRY_STORAGE: "inmemory" }
    const { tree } = await apply(file, env)
    expect(tree).toEqual({ storage: { inmemory: {}, maintenance: { readonly: { enabled: "true" } } } })
  })

  test("sets entries of maps and elements of lists", async () => {
    const file = { http: { headers: { "X-Frame-Options": ["DENY"] } } }
    const { tree } = await apply(file, {
      "REGISTRY_HTTP_HEADERS_X-FRAME-OPTIONS_1": "SAMEORIGIN",
      "REGISTRY_HTTP_HEADERS_X-Other": '["a", "b"]',
      REGISTRY_LOG_FIELDS_SERVICE: "registry",
      REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_0: "^ftp",
    })
    expect(tree).toEqual({
      http: { headers: { "X-Frame-Options": ["DENY", "SAMEORIGIN"], "x-other": ["a", "b"] } },
      log: { fields: { service: "registry" } },
      validation: { manifests: { urls: { deny: ["^ftp"] } } },
    })
  })

  test("names the known variable that is nearest to an unknown one, and goes on", async () => {
    const { tree, warnings } = await apply(
      {},
      { REGISTRY_HTTP_ADR: ":80", REGISTRY_LIMITS_UPLOAD: "5", REGISTRY_GC_FOO: "1" },
    )
    expect(tree).toEqual({})
    expect(warnings).toEqual([
      "REGISTRY_GC_FOO is unknown and has no effect; did you mean REGISTRY_GC_GRACE?",
      "REGISTRY_HTTP_ADR is unknown and has no effect; did you mean REGISTRY_HTTP_ADDR?",
      "REGISTRY_LIMITS_UPLOAD is unknown and has no effect; did you mean REGISTRY_LIMITS_UPLOADS?",
    ])
  })

  test("says nothing of the file's own name and of what Kubernetes sets for a service called registry", async () => {
    const { tree, warnings } = await apply(
      {},
      {
        REGISTRY_CONFIGURATION_PATH: "/etc/config.yml",
        REGISTRY_PORT: "tcp://10.0.0.1:5000",
        REGISTRY_PORT_5000_TCP_ADDR: "10.0.0.1",
        REGISTRY_SERVICE_HOST: "10.0.0.1",
        REGISTRY_SERVICE_PORT_HTTP: "5000",
      },
    )
    expect({ tree, warnings }).toEqual({ tree: {}, warnings: [] })
  })

  test("refuses an index that the list does not have, and a value that is no YAML, without showing it", async () => {
    const { problems } = await apply(
      {},
      { REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_2: "a", REGISTRY_HTTP_SECRET: "{hidden" },
    )
    expect(problems).toMatchObject([
      { key: "REGISTRY_HTTP_SECRET", message: expect.stringMatching(/^is not YAML: (?!.*hidden)/) },
      { key: "validation.manifests.urls.deny.2", variable: "REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_2" },
    ])
  })

  test("a variable and a file say the same in the same words", async () => {
    const words = fc.stringMatching(/^[\w ./:-]{1,10}$/)
    const keys = fc.constantFrom("http.secret", "auth.htpasswd.realm", "database.path", "http.prefix")
    await fc.assert(
      fc.asyncProperty(keys, words, async (key, value) => {
        const quoted = `'${value}'`
        const { tree } = await apply({}, { [variableOf(key)]: quoted })
        const expected = key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
        expect(tree).toEqual(expected as SettingTree)
      }),
    )
  })
})

test("no variable, whatever its name and value, makes loadConfig() fail with anything but a ConfigError", async () => {
  const known = fc.constantFrom(...listKnownKeys().map(({ key }) => variableOf(key)))
  const tail = fc.stringMatching(/^(?:_[A-Z0-9_]{0,6})?$/)
  const name = fc.oneof(
    fc.tuple(known, tail).map((parts) => parts.join("")),
    fc.string().map((text) => `REGISTRY_${text}`),
  )
  const value = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[-a-c0-9:{}[\],&*! ]{0,12}$/),
    fc.constantFrom("~", "{}", "[]"),
  )
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 5 }), async (env) => {
      try {
        await loadConfig({ env })
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
    { numRuns: 200 },
  )
})
