import { parseAddress } from "./address.ts"
import { assembleAuth } from "./assemble-auth.ts"
import { assembleHealth } from "./assemble-health.ts"
import { assembleNotifications } from "./assemble-notifications.ts"
import { assembleTls } from "./assemble-tls.ts"
import type { Config, HttpConfig, LimitsConfig, StorageConfig, ValidationConfig } from "./config.ts"
import { findExternalUrl } from "./external-url.ts"
import type { Settings } from "./schema.ts"
import { ROOT_WITHOUT_FILE } from "./standards.ts"

/** Turns settings, named as in the file, into what the program works with. `source`: the path of the file. */
export function assembleConfig(settings: Settings, source: string | undefined): Config {
  const { catalog, database, log, tags, workers } = settings
  const { uploadpurging } = settings.storage.maintenance
  return {
    source,
    log: {
      level: log.level,
      formatter: log.formatter,
      fields: log.fields,
      accessLog: !log.accesslog.disabled,
    },
    http: assembleHttp(settings),
    storage: assembleStorage(settings.storage),
    uploadPurging: {
      enabled: uploadpurging.enabled,
      ageSeconds: uploadpurging.age,
      intervalSeconds: uploadpurging.interval,
      dryRun: uploadpurging.dryrun,
    },
    auth: assembleAuth(settings.auth),
    catalog: { maxEntries: catalog.maxentries },
    tags: { maxTags: tags.maxtags },
    validation: assembleValidation(settings.validation),
    limits: assembleLimits(settings.limits),
    workers: { hashing: workers.hashing },
    database: { path: database.path },
    health: assembleHealth(settings.health),
    notifications: assembleNotifications(settings),
    network: { trustedProxies: settings.network.trustedproxies, acmeAddress: settings.network.acmeaddr },
    gc: {
      graceSeconds: settings.gc.grace,
      sweepDelaySeconds: settings.gc.sweepdelay,
      intervalSeconds: settings.gc.interval,
      untaggedSeconds: settings.gc.untagged === "keep" ? undefined : settings.gc.untagged,
      isPaused: settings.gc.paused,
    },
    history: { keepSeconds: settings.history.keep },
    scrub: {
      enabled: settings.scrub.enabled,
      bytesPerSecond: settings.scrub.rate,
      intervalSeconds: settings.scrub.interval,
      verifyReads: settings.scrub.verifyreads,
    },
  }
}

function assembleHttp({ http, network }: Settings): HttpConfig {
  const { debug } = http
  return {
    address: http.net === "unix" ? { kind: "unix", path: http.addr } : parseAddress(http.addr),
    externalUrl: http.host === undefined ? undefined : findExternalUrl(http.host),
    prefix: http.prefix,
    drainTimeoutSeconds: http.draintimeout,
    headers: http.headers,
    tls: assembleTls(http.tls),
    debug:
      debug.addr === undefined
        ? undefined
        : {
            address: parseAddress(debug.addr),
            metricsPath: debug.prometheus.enabled ? debug.prometheus.path : undefined,
          },
    http2: network.http2 && !http.http2.disabled,
    h2c: http.h2c.enabled,
  }
}

function assembleValidation({ disabled, enabled, manifests }: Settings["validation"]): ValidationConfig {
  if (disabled && !enabled) return { requiredPlatforms: [], manifestUrls: { allow: [], deny: [] } }
  const { platforms, platformlist } = manifests.indexes
  // As in distribution, an empty list asks for every platform.
  const listed = platforms === "list" && platformlist.length > 0 ? platformlist : "all"
  return { requiredPlatforms: platforms === "none" ? [] : listed, manifestUrls: manifests.urls }
}

function assembleStorage(storage: Settings["storage"]): StorageConfig {
  const rules = {
    deleteEnabled: storage.delete.enabled === true,
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
