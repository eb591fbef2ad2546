import { expect, test } from "bun:test"
import { loadConfig } from "./load-config.ts"

async function load(text: string, env: Record<string, string> = {}) {
  const file = { path: "config.yml", text: `version: 0.1\nstorage: inmemory\n${text}` }
  return (await loadConfig({ env, file })).config
}

test("a socket of its own kind has a path for its address", async () => {
  const { http } = await load("http: {net: unix, addr: /run/registry.sock}")
  expect(http.address).toEqual({ kind: "unix", path: "/run/registry.sock" })
})

test("the debug listener gives metrics where they are asked for", async () => {
  const off = await load("http: {debug: {addr: ':5001'}}")
  expect(off.http.debug).toEqual({ address: { kind: "tcp", host: "", port: 5001 }, metricsPath: undefined })
  const on = await load("http: {debug: {addr: 'localhost:5001', prometheus: {enabled: true}}}")
  expect(on.http.debug?.metricsPath).toBe("/metrics")
  expect((await load("")).http.debug).toBeUndefined()
})

test("HTTP/2 is spoken where it is asked for, and not where distribution's key forbids it", async () => {
  expect((await load("http: {h2c: {enabled: true}}")).http).toMatchObject({ http2: false, h2c: true })
  const asked = "network: {http2: true}\n"
  expect((await load(asked)).http.http2).toBe(true)
  expect((await load(`${asked}http: {http2: {disabled: true}}`)).http.http2).toBe(false)
})

test("clients' certificates are required and verified unless something else is said", async () => {
  const tls = "certificate: c, key: k, clientcas: [ca.pem]"
  const { http } = await load(`http: {tls: {${tls}}}`)
  expect(http.tls).toMatchObject({
    clientAuthorityPaths: ["ca.pem"],
    clientAuthentication: "require-and-verify-client-cert",
  })
  const lenient = await load(`http: {tls: {${tls}, clientauth: request-client-cert}}`)
  expect(lenient.http.tls?.clientAuthentication).toBe("request-client-cert")
})

test("old versions of TLS are raised, and broken cipher suites are left out", async () => {
  const suites = "[TLS_RSA_WITH_3DES_EDE_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]"
  const { http } = await load(`http: {tls: {certificate: c, key: k, minimumtls: tls1.1, ciphersuites: ${suites}}}`)
  expect(http.tls).toMatchObject({
    minimumVersion: "tls1.2",
    cipherSuites: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  })
})

test("certificates of Let's Encrypt need a directory and hosts", async () => {
  const { http } = await load("http: {tls: {letsencrypt: {cachefile: /cache, email: a@b, hosts: [a.example]}}}")
  expect(http.tls?.certificate).toEqual({
    kind: "letsencrypt",
    cachePath: "/cache",
    email: "a@b",
    hosts: ["a.example"],
    directoryUrl: "https://acme-v02.api.letsencrypt.org/directory",
  })
})

test("tokens are taken with every algorithm but HMAC where none is named", async () => {
  const token = "realm: 'https://a/token', service: s, issuer: i, rootcertbundle: /c.pem"
  const { auth } = await load(`auth: {token: {${token}}}`)
  expect(auth).toMatchObject({
    kind: "token",
    certificatesPath: "/c.pem",
    keySetPath: undefined,
    redirectPath: undefined,
  })
  expect(auth?.kind === "token" && auth.algorithms).toEqual([
    "EdDSA",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "PS256",
    "PS384",
    "PS512",
  ])
  const redirected = await load(`auth: {token: {${token}, autoredirect: true, signingalgorithms: [RS256]}}`)
  expect(redirected.auth).toMatchObject({ algorithms: ["RS256"], redirectPath: "/auth/token" })
})

test("the test double of authentication is read", async () => {
  const { auth } = await load("auth: {silly: {realm: r, service: s}}")
  expect(auth).toEqual({ kind: "silly", realm: "r", service: "s" })
})

test("trusted proxies are addresses and networks", async () => {
  const { network } = await load("network: {trustedproxies: [127.0.0.1, 10.0.0.0/8, 'fd00::/8', '::1']}")
  expect(network.trustedProxies).toEqual(["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"])
})

test("fields of the log that are no texts are written as JSON", async () => {
  const { log } = await load("log: {fields: {a: b, c: {d: e}}}", { REGISTRY_LOG_FIELDS_MY_NAME: "x" })
  expect(log.fields).toEqual({ a: "b", c: '{"d":"e"}', my: '{"name":"x"}' })
})

test.each([
  ["", "all"],
  ["manifests: {indexes: {platforms: none}}", []],
  ["manifests: {indexes: {platforms: List}}", "all"],
  [
    "manifests: {indexes: {platforms: list, platformlist: [{os: linux, architecture: amd64}]}}",
    [{ os: "linux", architecture: "amd64" }],
  ],
  ["disabled: true", []],
  ["disabled: true, enabled: true", "all"],
])("validation: {%s} asks for the children of an index: %j", async (keys, platforms) => {
  const { validation } = await load(`validation: {${keys}}`)
  expect(validation.requiredPlatforms).toEqual(platforms as typeof validation.requiredPlatforms)
})

test("a pattern of URLs that could take very long is warned of", async () => {
  const text = "version: 0.1\nstorage: {filesystem: }\nvalidation: {manifests: {urls: {deny: [^a, (a+)+]}}}\n"
  const { warnings } = await loadConfig({ env: {}, file: { path: "config.yml", text } })
  expect(warnings).toEqual([
    expect.stringMatching(/^validation\.manifests\.urls\.deny.* repeats what is itself repeated in \(a\+\)\+:/),
  ])
})

test("validation that is disabled lets any URL pass", async () => {
  const urls = "manifests: {urls: {allow: [a]}}"
  expect((await load(`validation: {${urls}}`)).validation.manifestUrls.allow).toHaveLength(1)
  expect((await load(`validation: {disabled: true, ${urls}}`)).validation.manifestUrls.allow).toEqual([])
})

test.each(["age", "interval"])("the %s of a purge may be short, and a slip counts as the default", async (key) => {
  const read = async (time: string) => {
    const text = `version: 0.1\nstorage: {filesystem: , maintenance: {uploadpurging: {${key}: ${time}}}}\n`
    const { config, warnings } = await loadConfig({ env: {}, file: { path: "config.yml", text } })
    const { ageSeconds, intervalSeconds } = config.uploadPurging
    return { seconds: key === "age" ? ageSeconds : intervalSeconds, warning: warnings.join("\n") }
  }
  const standard = key === "age" ? 604_800 : 86_400
  const setting = `storage.maintenance.uploadpurging.${key} is`
  expect(await read("1s")).toEqual({ seconds: 1, warning: "" })
  expect(await read("30s")).toEqual({ seconds: 30, warning: "" })
  expect(await read("60000000000")).toEqual({ seconds: 60, warning: "" })
  for (const [time, warning] of Object.entries({ 24: "24 nanoseconds, and", "999ms": "999ms, and", "0s": "0s, and" })) {
    const slip = await read(time)
    expect(slip.seconds).toBe(standard)
    expect(slip.warning).toStartWith(`${setting} ${warning}`)
  }
})

test("a symmetric algorithm beside others is left out", async () => {
  const token = "realm: r, service: s, issuer: i, jwks: j, signingalgorithms: [HS256, RS256, HS512]"
  expect((await load(`auth: {token: {${token}}}`)).auth).toMatchObject({ algorithms: ["RS256"] })
})
