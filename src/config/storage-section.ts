import { cache, redirect, tag } from "./idle-sections.ts"
import { emptySection, noEffect, optionalSection, refused, section, setting, optionalSetting } from "./settings.ts"
import { flag, secondsOr, text } from "./values.ts"

const uploadpurging = section({
  enabled: setting(flag, "true", "Remove uploads that were begun and never finished."),
  // distribution stops at a bare number, which would be nanoseconds, and searches without a pause for `1ms`.
  age: setting(secondsOr("168h"), "168h", "How old such an upload must be."),
  interval: setting(secondsOr("24h"), "24h", "Time between two searches for them."),
  dryrun: setting(flag, "false", "Only log what would be removed."),
})

export const storage = section(
  {
    filesystem: optionalSection({
      rootdirectory: setting(
        text,
        "/var/lib/registry",
        "The directory that holds everything. Default without a file: `./data`.",
      ),
      maxthreads: noEffect("the runtime bounds its threads itself; see workers.hashing"),
    }),
    inmemory: emptySection("Keep everything in memory, until the server stops; `storage: inmemory` will do."),
    delete: section({
      enabled: optionalSetting(
        flag,
        "Whether `/v2` deletes manifests, tags and blobs. Default: no with a configuration file, yes without one.",
      ),
    }),
    maintenance: section({
      uploadpurging,
      readonly: section({ enabled: setting(flag, "false", "Refuse everything that writes.") }),
    }),
    cache,
    redirect,
    tag,
    s3: refusedDriver(),
    azure: refusedDriver(),
    gcs: refusedDriver(),
    swift: refusedDriver(),
    oss: refusedDriver(),
  },
  // What distribution does not know in here it takes for a driver, and stops.
  "refuse variables",
)

/** The keys of `storage` that stand beside the driver. */
const BESIDE_DRIVER = new Set(["delete", "maintenance", "cache", "redirect", "tag"])

export function isDriver(key: string): boolean {
  return !BESIDE_DRIVER.has(key)
}

function refusedDriver() {
  return refused(
    "this storage driver is not in this version: keep the data in a directory (storage.filesystem)",
    () => true,
  )
}
