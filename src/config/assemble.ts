import type { Config, HttpConfig, LimitsConfig, StorageConfig, TlsConfig } from "./config.ts"
import { findExternalUrl } from "./external-url.ts"
import type { Settings } from "./schema.ts"

/** Where everything is kept when nothing names a place. */
const ROOT_WITHOUT_FILE = "./data"

const OUTBOX = { maxWaiting: 100_000, maxAgeSeconds: 7 * 86_400, keepDeadSeconds: 30 * 86_400 }

/** Turns settings, named as in the file, into what the program works with. `source`: the path of the file. */
export function assembleConfig(settings: Settings, source: string | undefined): Config {
  const { auth, catalog, database, log, tags, validation, workers } = settings
  const { uploadpurging } = settings.storage.maintenance
  return {
    source,
    log: {
      level: log.level,
      formatter: log.formatter,
      fields: log.fields,
      accessLog: !log.accesslog.disabled,
    },
    http: assembleHttp(settings.http),
    storage: assembleStorage(settings.storage, source),
    uploadPurging: {
      enabled: uploadpurging.enabled,
      ageSeconds: uploadpurging.age,
      intervalSeconds: uploadpurging.interval,
      dryRun: uploadpurging.dryrun,
    },
    auth: auth.htpasswd === undefined ? undefined : { kind: "htpasswd", ...auth.htpasswd },
    catalog: { maxEntries: catalog.maxentries },
    tags: { maxTags: tags.maxtags },
    validation: { disabled: validation.disabled, manifestUrls: validation.manifests.urls },
    limits: assembleLimits(settings.limits),
    workers: { hashing: workers.hashing },
    database: { path: database.path },
    health: { storage: undefined, files: [], urls: [], tcp: [] },
    notifications: { endpoints: [], includesReferences: false, outbox: OUTBOX },
    network: { trustedProxies: [] },
  }
}

function assembleHttp(http: Settings["http"]): HttpConfig {
  return {
    address: http.addr,
    externalUrl: http.host === undefined ? undefined : findExternalUrl(http.host),
    prefix: http.prefix,
    drainTimeoutSeconds: http.draintimeout,
    headers: http.headers,
    tls: assembleTls(http.tls),
    debug: undefined,
    http2: false,
    h2c: false,
  }
}

function assembleTls(tls: Settings["http"]["tls"]): TlsConfig | undefined {
  if (tls?.certificate === undefined || tls.key === undefined) return undefined
  return {
    certificate: { kind: "files", certificatePath: tls.certificate, keyPath: tls.key },
    minimumVersion: tls.minimumtls,
    cipherSuites: [],
    clientAuthorityPaths: [],
    clientAuthentication: "request-client-cert",
  }
}

function assembleStorage(storage: Settings["storage"], source: string | undefined): StorageConfig {
  const rules = {
    // distribution's default is no, and its owners count on it; who configured nothing gets the whole registry.
    deleteEnabled: storage.delete.enabled ?? source === undefined,
    readOnly: storage.maintenance.readonly.enabled,
  }
  if (storage.inmemory !== undefined) return { kind: "inmemory", ...rules }
  return { kind: "filesystem", root: storage.filesystem?.rootdirectory ?? ROOT_WITHOUT_FILE, ...rules }
}

function assembleLimits(limits: Settings["limits"]): LimitsConfig {
  return {
    stallSeconds: limits.stall,
    readStallSeconds: limits.readstall,
    uploads: limits.uploads,
    connections: limits.connections,
    manifestBytes: limits.manifestbytes,
    manifestReferences: limits.manifestreferences,
    blobBytes: limits.blobbytes,
    ranges: limits.ranges,
  }
}
