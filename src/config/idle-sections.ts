import { type Keys, noEffect } from "./settings.ts"

// Sections and keys of distribution that Berth has no use for. All are known by name, so that a slip in one is still seen.

function keysOf(names: string, reason: string): Keys {
  const key = noEffect(reason)
  return Object.fromEntries(names.split(" ").map((name) => [name, key]))
}

const redisReason = "metadata is kept in the database and nothing is cached outside of the process"

// The first line is that of distribution 2.8, the rest that of 3.
const REDIS_KEYS =
  "addr password db dialtimeout readtimeout writetimeout " +
  "addrs username sentinelusername sentinelpassword mastername clientname protocol maxretries minretrybackoff " +
  "maxretrybackoff contexttimeoutenabled poolfifo poolsize pooltimeout minidleconns maxidleconns maxactiveconns " +
  "connmaxidletime connmaxlifetime maxredirects readonly routebylatency routerandomly disableidentity " +
  "identitysuffix unstableresp3"

export const redis = noEffect(
  redisReason,
  {
    ...keysOf(REDIS_KEYS, redisReason),
    pool: noEffect(redisReason, keysOf("maxidle maxactive idletimeout", redisReason)),
    tls: noEffect(redisReason, keysOf("certificate key rootcas clientcas", redisReason)),
  },
  { variables: { OPTIONS: "" } },
)

const reports = "nothing is reported to services outside; errors are in the log"
export const reporting = noEffect(reports, {
  bugsnag: noEffect(reports, keysOf("apikey releasestage endpoint", reports)),
  newrelic: noEffect(reports, keysOf("licensekey name verbose", reports)),
})

const schema1 = "images of schema 1 are refused on push; those that were there before can be pulled"
export const compatibility = noEffect(schema1, {
  schema1: noEffect(
    schema1,
    {
      enabled: noEffect(schema1),
      signingkeyfile: noEffect("manifests are served as they were pushed, and none is signed anew"),
    },
    { variables: { TRUSTKEY: "signingkeyfile" } },
  ),
})

const mail = "no mail is sent; watch the log for level=error"
export const hooks = noEffect(
  mail,
  {
    ...keysOf("type disabled levels", mail),
    options: noEffect(mail, {
      ...keysOf("from to", mail),
      smtp: noEffect(mail, keysOf("addr username password insecure", mail)),
    }),
  },
  { isList: true, variables: { MAILOPTIONS: "options" } },
)

const cacheReason = "look-ups come from the metadata database"
export const cache = noEffect(cacheReason, keysOf("blobdescriptor blobdescriptorsize layerinfo", cacheReason))

const redirectReason = "blobs are sent by this server itself, there is nothing to redirect to"
export const redirect = noEffect(redirectReason, keysOf("disable", redirectReason))

const tagReason = "tags are looked up in the metadata database, not by walking the storage"
export const tag = noEffect(tagReason, keysOf("concurrencylimit", tagReason))

const mirror = "only a mirror (proxy.remoteurl) needs it"
export const mirrorKeys = {
  ...keysOf("username password ttl cachewritetimeout", mirror),
  exec: noEffect(mirror, keysOf("command lifetime", mirror)),
}
