import { describe, expect, test } from "bun:test"
import { ConfigError } from "./config-error.ts"
import { loadConfig } from "./load-config.ts"

const BASE = "version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\n"

async function loadOutcome(text: string, env: Record<string, string> = {}) {
  try {
    const { config, warnings } = await loadConfig({ env, file: { path: "config.yml", text } })
    return { config, warnings, problems: [] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { warnings: [], problems: error.message.split("\n") }
  }
}

describe("what would change who may do what stops the start:", () => {
  test.each([
    ["auth: {token: {realm: r, service: s, issuer: i}}", "auth.token: must have rootcertbundle or jwks"],
    [
      "auth: {token: {realm: r, service: s, issuer: i, jwks: j, signingalgorithms: [HS256]}}",
      "auth.token.signingalgorithms: must name one besides HS256",
    ],
    [
      "auth: {token: {realm: r, service: s, issuer: i, jwks: j, signingalgorithms: [none]}}",
      "auth.token.signingalgorithms.0: must be one of EdDSA, RS256",
    ],
    ["auth: {silly: {realm: r}}", "auth.silly.service: must be set"],
    ["auth: {htpaswd: {realm: a, path: b}}", "auth.htpaswd: is unknown; did you mean auth.htpasswd?"],
    ["auth: {htpasswd: {realm: a, path: b}, none: }", "auth: must be one of htpasswd, none, not several"],
    ["auth: {htpasswd: {realm: a}}", "auth.htpasswd.path: must be set"],
    ["http: {tls: {clientcas: [ca.pem]}}", "http.tls.clientcas: needs http.tls.certificate and http.tls.key"],
    ["http: {tls: {clientauth: require-and-verify-client-cert}}", "http.tls.clientauth: needs http.tls.clientcas"],
    [
      "http: {tls: {certificate: c, key: k, clientcas: [a], clientauth: any}}",
      "http.tls.clientauth: must be one of request-client-cert",
    ],
    [
      "http: {tls: {certificate: c, key: k, clientcas: [a], clientauth: require-any-client-cert}}",
      "http.tls.clientauth: must be one of request-client-cert, require-and-verify-client-cert (",
    ],
    [
      "http: {tls: {certificate: c, key: k, clientcas: [a], clientauth: verify-client-cert-if-given}}",
      "http.tls.clientauth: must be one of request-client-cert, require-and-verify-client-cert (",
    ],
    ["http: {tls: {ciphersuites: [A]}}", "http.tls.ciphersuites.0: must be the name of a cipher suite"],
    [
      "http: {tls: {certificate: c, key: k, ciphersuites: [TLS_RSA_WITH_RC4_128_SHA]}}",
      "http.tls.ciphersuites: must name one that is not broken",
    ],
    ["http: {tls: {letsencrypt: {cachefile: /c}}}", "http.tls.letsencrypt.hosts: must name the hosts"],
    [
      "http: {tls: {certificate: c, key: k, letsencrypt: {cachefile: /c, hosts: [a]}}}",
      "http.tls.letsencrypt: cannot stand beside http.tls.certificate",
    ],
    [
      "storage: {inmemory: {}, maintenance: {uploadpurging: {interval: daily}}}",
      "storage.maintenance.uploadpurging.interval: must be a duration",
    ],
    // Distribution would not read it.
    [
      "storage: {inmemory: {}, maintenance: {uploadpurging: {age: 7d}}}",
      "storage.maintenance.uploadpurging.age: must be a duration",
    ],
    ["http: {tls: {minimumtls: ssl3}}", "http.tls.minimumtls: must be one of tls1.2, tls1.3"],
    ["http: {tls: {certificate: c.pem}}", "http.tls.key: must be set beside http.tls.certificate"],
    ["http: {tls: {key: k.pem}}", "http.tls.certificate: must be set beside http.tls.key"],
    ["http: {net: unix}", "http.addr: must be the path of the socket"],
    ["http: {net: udp}", "http.net: must be one of tcp, unix"],
    ["http: {debug: {addr: '5001'}}", "http.debug.addr: must be host:port"],
    ["http: {debug: {addr: '127.0.0.1:5000'}}", "http.debug.addr: must be another address than http.addr"],
    ["http: {addr: ':5001', debug: {addr: 'localhost:5001'}}", "http.debug.addr: must be another address than"],
    ["policy: {repository: {classes: [image]}}", "policy.repository.classes: a list of what may be pushed is not"],
    ["notifications: {endpoints: [{name: a}]}", "notifications.endpoints.0.url: must be set"],
    ["notifications: {endpoints: [{url: 'ftp://a'}]}", "notifications.endpoints.0.url: must be a URL with http://"],
    ["health: {http: [{uri: a}]}", "health.http.0.uri: must be a URL with http:// or https://"],
    ["health: {tcp: [{}]}", "health.tcp.0.addr: must be set"],
    ["health: {file: /a}", "health.file: must be a list of sections"],
    ["proxy: {remoteurl: https://a}", "proxy.remoteurl: mirroring another registry is not in this version"],
    ["middleware: {storage: [{name: redirect}]}", "middleware: middleware is not in this version"],
    ["validation: {manifests: {urls: {allow: ['(']}}}", "validation.manifests.urls.allow.0: must be a regular"],
  ])("%s", async (text, problem) => {
    const { problems } = await loadOutcome(`${BASE}${text}\n`)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(problem)
  })

  test.each([
    ["storage: {s3: {secretkey: hidden}}", "storage.s3: this storage driver is not in this version"],
    ["storage: {filesytem: {rootdirectory: /a}}", "storage.filesytem: is unknown; did you mean storage.filesystem?"],
    ["storage: {filesystem: , inmemory: }", "storage: multiple storage drivers specified: filesystem, inmemory"],
  ])("%s", async (text, problem) => {
    const { problems } = await loadOutcome(`version: 0.1\n${text}\n`)
    expect(problems.join("\n")).toContain(problem)
    expect(problems.join("\n")).not.toContain("hidden")
  })

  test("a driver added by a variable beside that of the file", async () => {
    const { problems } = await loadOutcome(BASE, { REGISTRY_STORAGE_INMEMORY: "{}" })
    expect(problems).toEqual(["storage: multiple storage drivers specified: filesystem, inmemory"])
  })
})

test("an empty data directory, in the file or by a variable, is not the default's", async () => {
  const problem = "storage.filesystem.rootdirectory: is empty: name a directory, or leave the key out"
  const { problems } = await loadOutcome('version: 0.1\nstorage: {filesystem: {rootdirectory: ""}}\n')
  expect(problems).toEqual([expect.stringContaining(problem)])
  const byVariable = await loadOutcome(BASE, { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "" })
  expect(byVariable.problems).toEqual([expect.stringContaining(problem)])
})

test("what is empty or switched off is not refused", async () => {
  const { problems } = await loadOutcome(`${BASE}
http: {net: tcp, addr: "localhost:0", debug: {addr: "localhost:0"}, tls: {clientcas: [], clientauth: "", letsencrypt: {cachefile: "", hosts: []}, ciphersuites: }}
proxy: {remoteurl: ""}
policy: {repository: {classes: []}}
middleware: {registry: [{name: a, disabled: true}], storage: []}
`)
  expect(problems).toEqual([])
})

describe("what has no effect is named in a warning:", () => {
  test.each([
    ["http: {adr: ':5000'}", "http.adr is unknown and has no effect; did you mean http.addr?"],
    ["http: {minimumtls: tls1.3}", "http.minimumtls is unknown and has no effect; did you mean http.tls.minimumtls?"],
    ["http: {secret: short}", "http.secret is weak: it has fewer than 16 characters"],
    ["http: {host: registry}", 'http.host has no effect: "registry" is no URL with http:// or https:// and a host'],
    ["http: {tls: {minimumtls: tls1.3}}", "http.tls.minimumtls has no effect without http.tls.certificate and"],
    ["redis: {addrs: [a], pool: {maxidle: 1}}", "redis has no effect: metadata is kept in the database"],
    ["log: {hooks: [{type: mail, levels: [error]}]}", "log.hooks has no effect: no mail is sent"],
    ["http: {draintimeout: 30}", "http.draintimeout is 30 nanoseconds: a number needs a unit, such as 30s or 30ms"],
    ["proxy: {ttl: 1h}", "proxy.ttl has no effect: only a mirror (proxy.remoteurl) needs it"],
    [
      "compatibility: {schema1: {enabled: true}}",
      "compatibility has no effect: images of schema 1 are refused on push",
    ],
    ["http: {tls: {certificate: c, key: k, minimumtls: tls1.0}}", "http.tls.minimumtls is raised to tls1.2"],
    ["http: {tls: {letsencrypt: {email: a@b}}}", "http.tls.letsencrypt has no effect without"],
    ["http: {tls: {clientauth: request-client-cert}}", "http.tls.clientauth has no effect without http.tls.clientcas"],
    ["http: {debug: {prometheus: {enabled: true}}}", "http.debug.prometheus has no effect without http.debug.addr"],
    ["http: {tls: {certificate: c, key: k}, http2: {disabled: false}}", "http.http2.disabled: false has no effect"],
    ["catalog: {maxentries: -1}", "catalog.maxentries is -1, and 1000 instead"],
    [
      "notifications: {endpoints: [{url: 'http://a', threshold: 0}]}",
      "notifications.endpoints.0.threshold is 0, and 10 instead",
    ],
    [
      "notifications: {endpoints: [{name: a, url: 'http://a'}, {name: a, url: 'http://b'}]}",
      "notifications.endpoints.1.name is a-1: another endpoint is called a already",
    ],
    ["network: {http2: true}", "network.http2 has no effect without TLS"],
    [
      "notifications: {endpoints: [{url: 'http://a', timeout: 500}]}",
      "notifications.endpoints.0.timeout is 500 nanoseconds, and 1s instead",
    ],
    [
      "http: {tls: {certificate: c, key: k, ciphersuites: [TLS_RSA_WITH_RC4_128_SHA, TLS_AES_128_GCM_SHA256]}}",
      "http.tls.ciphersuites leaves TLS_RSA_WITH_RC4_128_SHA out",
    ],
    [
      "auth: {token: {realm: r, service: s, issuer: i, jwks: j, signingalgorithms: [HS256, RS256]}}",
      "auth.token.signingalgorithms leaves HS256 out",
    ],
    ["gitlab: {a: b}", "gitlab is unknown and has no effect"],
  ])("%s", async (text, warning) => {
    const { warnings } = await loadOutcome(`${BASE}${text}\n`)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toStartWith(warning)
  })

  test("storage in memory", async () => {
    const { warnings } = await loadOutcome("version: 0.1\nstorage: inmemory\n")
    expect(warnings).toEqual(["storage.inmemory keeps everything in memory: it is lost when the server stops"])
  })
})

test("a slip in a section without effect is seen all the same", async () => {
  const { warnings } = await loadOutcome(`${BASE}redis: {adrs: a}\n`)
  expect(warnings).toContain("redis.adrs is unknown and has no effect; did you mean redis.addrs?")
})

test("what is switched off in a section without effect, and what begins with x-, needs no warning", async () => {
  const { warnings, problems } = await loadOutcome(`${BASE}
log: {reportcaller: false}
compatibility: {schema1: {enabled: false}}
x-endpoint: {url: a}
`)
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] })
})

test("names that every object has are unknown like others", async () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const { warnings } = await loadOutcome(`${BASE}http: {${name}: a}
`)
    expect(warnings.join()).toContain(`http.${name} is unknown`)
  }
})

test("durations of Berth's own are read in days and weeks too", async () => {
  const { config } = await loadOutcome(`${BASE}gc: {grace: 1d12h, untagged: 4w}\nhistory: {keep: 0.5w}\n`)
  expect(config?.gc).toMatchObject({ graceSeconds: 129_600, untaggedSeconds: 2_419_200 })
  expect(config?.history).toEqual({ keepSeconds: 302_400 })
})

describe("a mistake in what is Berth's own stops the start:", () => {
  test.each([
    ["limits: {upload: 5}", 'limits.upload: is unknown; did you mean limits.uploads? (seen: "5")'],
    ["gc: {enabled: false}", "gc.enabled: is unknown; did you mean gc.paused?"],
    ["limts: {uploads: 5}", "limts: is unknown; did you mean limits?"],
    ["limits: {manifestbytes: 4194303}", "limits.manifestbytes: must be a whole number of at least 4194304"],
    ["limits: {blobbytes: 10MB}", "limits.blobbytes: must be a whole number of at least 0"],
    ["network: {trustedproxies: [10.0.0.0/33]}", "network.trustedproxies.0: must be an IP address, a network"],
    ["network: {trustedproxies: [proxy.example]}", "network.trustedproxies.0: must be an IP address, a network"],
    ["events: {mediatype: v3}", "events.mediatype: must be one of v1, v2"],
    ["history: {keep: 23h}", "history.keep: must be at least gc.grace: without its record"],
    ["gc: {grace: 2161h}", "history.keep: must be at least gc.grace"],
    ["events: {maxage: 60}", "events.maxage: must be a duration above zero"],
    ["events: {endpoints: {hook: {format: harbor}}}", "events.endpoints.hook: has no endpoint of that name"],
    [
      "notifications: {endpoints: [{name: hook, url: 'http://a'}]}\nevents: {endpoints: {hook: {formt: v1}}}",
      "events.endpoints.hook.formt: is unknown; did you mean events.endpoints.hook.format?",
    ],
    ["limits: 5", 'limits: must be a section of keys (seen: "5")'],
    ["workers: {hashing: 65}", "workers.hashing: must be a whole number of at least 0 and at most 64"],
  ])("%s", async (text, problem) => {
    const { problems } = await loadOutcome(`${BASE}${text}\n`)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(problem)
  })
})
