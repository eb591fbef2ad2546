// Every key that distribution 2.8 or 3 documents, written by hand: each is honoured, or something says why not.
import { describe, expect, test } from "bun:test"
import { ConfigError } from "./config-error.ts"
import { listKnownKeys } from "./known-keys.ts"
import { loadConfig } from "./load-config.ts"

const HONOURED = `
version loglevel
log.level log.formatter log.fields log.accesslog.disabled
storage.filesystem.rootdirectory storage.inmemory storage.delete.enabled storage.maintenance.readonly.enabled
storage.maintenance.uploadpurging.enabled storage.maintenance.uploadpurging.age
storage.maintenance.uploadpurging.interval storage.maintenance.uploadpurging.dryrun
auth.silly.realm auth.silly.service auth.htpasswd.realm auth.htpasswd.path
auth.token.realm auth.token.service auth.token.issuer auth.token.rootcertbundle auth.token.autoredirect
auth.token.jwks auth.token.signingalgorithms auth.token.autoredirectpath
http.addr http.net http.prefix http.host http.relativeurls http.secret http.draintimeout http.headers
http.tls.certificate http.tls.key http.tls.clientcas http.tls.clientauth http.tls.minimumtls http.tls.ciphersuites
http.tls.letsencrypt.cachefile http.tls.letsencrypt.email http.tls.letsencrypt.hosts http.tls.letsencrypt.directoryurl
http.debug.addr http.debug.prometheus.enabled http.debug.prometheus.path http.http2.disabled http.h2c.enabled
notifications.events.includereferences
notifications.endpoints.0.name notifications.endpoints.0.disabled notifications.endpoints.0.url
notifications.endpoints.0.headers notifications.endpoints.0.timeout notifications.endpoints.0.threshold
notifications.endpoints.0.backoff notifications.endpoints.0.ignoredmediatypes
notifications.endpoints.0.ignore.mediatypes notifications.endpoints.0.ignore.actions
health.storagedriver.enabled health.storagedriver.interval health.storagedriver.threshold
health.file.0.file health.file.0.interval
health.http.0.uri health.http.0.headers health.http.0.statuscode health.http.0.timeout health.http.0.interval
health.http.0.threshold health.tcp.0.addr health.tcp.0.timeout health.tcp.0.interval health.tcp.0.threshold
catalog.maxentries tags.maxtags
validation.disabled validation.enabled validation.manifests.urls.allow validation.manifests.urls.deny
validation.manifests.indexes.platforms validation.manifests.indexes.platformlist.0.os
validation.manifests.indexes.platformlist.0.architecture
`

const WITHOUT_EFFECT = `
log.reportcaller log.hooks.0.type log.hooks.0.disabled log.hooks.0.levels
log.hooks.0.options.smtp.addr log.hooks.0.options.smtp.username log.hooks.0.options.smtp.password
log.hooks.0.options.smtp.insecure log.hooks.0.options.from log.hooks.0.options.to
storage.filesystem.maxthreads storage.redirect.disable storage.cache.blobdescriptor storage.cache.layerinfo
storage.cache.blobdescriptorsize storage.tag.concurrencylimit
redis.addr redis.password redis.db redis.dialtimeout redis.readtimeout redis.writetimeout
redis.pool.maxidle redis.pool.maxactive redis.pool.idletimeout
redis.addrs redis.username redis.mastername redis.sentinelusername redis.sentinelpassword redis.poolsize
redis.maxidleconns redis.connmaxidletime redis.tls.certificate redis.tls.key redis.tls.rootcas redis.tls.clientcas
health.file.0.threshold
proxy.username proxy.password proxy.ttl proxy.exec.command proxy.exec.lifetime proxy.cachewritetimeout
reporting.bugsnag.apikey reporting.bugsnag.releasestage reporting.bugsnag.endpoint
reporting.newrelic.licensekey reporting.newrelic.name reporting.newrelic.verbose
compatibility.schema1.enabled compatibility.schema1.signingkeyfile
`

const REFUSED = `
storage.s3.accesskey storage.s3.secretkey storage.s3.region storage.s3.regionendpoint storage.s3.bucket
storage.azure.accountname storage.azure.credentials.type storage.gcs.bucket storage.gcs.keyfile
storage.swift.container storage.oss.bucket
middleware.registry.0.name middleware.repository.0.name middleware.storage.0.name middleware.storage.0.options.baseurl
proxy.remoteurl
`

const keysOf = (table: string) => table.trim().split(/\s+/)

/** A file that holds one key of distribution's. */
function fileWith(key: string) {
  const names = key.split(".")
  const value = names.reduceRight<unknown>((below, name) => (name === "0" ? [below] : { [name]: below }), "true")
  const { storage, ...rest } = value as Record<string, object>
  return {
    path: "config.yml",
    text: JSON.stringify({ version: "0.1", storage: { inmemory: {}, ...storage }, ...rest }),
  }
}

const known = new Map(listKnownKeys().map(({ key, notes }) => [key, notes]))

test.each(keysOf(HONOURED))("%s is honoured", (key) => {
  expect(["value", "list", "map", "map of lists", "section"]).toContain(known.get(key)?.kind ?? "unknown")
})

describe("without effect:", () => {
  test.each(keysOf(WITHOUT_EFFECT).filter((key) => !/^storage\.filesystem|^health/.test(key)))(
    "%s is answered with the reason",
    async (key) => {
      const { warnings } = await loadConfig({ env: {}, file: fileWith(key) })
      const answers = warnings.filter((warning) =>
        key.startsWith(warning.slice(0, warning.indexOf(" has no effect: "))),
      )
      expect(answers).toHaveLength(1)
      expect(warnings.join("\n")).not.toContain("unknown")
    },
  )

  test.each(keysOf(WITHOUT_EFFECT))("%s is known by its name", (key) => {
    expect(known.get(key)?.kind).toBe("no effect")
  })
})

test.each(keysOf(REFUSED))("%s stops the start, with the reason", async (key) => {
  const problem = await loadConfig({ env: {}, file: fileWith(key) }).then(
    () => "",
    (error: unknown) => (error instanceof ConfigError ? error.message : ""),
  )
  expect(problem).toContain("not in this version")
  expect(problem).not.toContain("unknown")
})
