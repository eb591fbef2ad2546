import type { FlushingLogger } from "../adapters/logger/stderr.ts"
import { listChangedKeys } from "../config/changes.ts"
import type { Config } from "../config/config.ts"
import type { LoadedConfig } from "../config/load-config.ts"
import { fp } from "../failpoint.ts"

/** Keys that count at once, and sections of such; every other one needs a restart. */
const APPLIED = new Set([
  "log.level",
  "loglevel",
  "limits.stall",
  "limits.uploads",
  "limits.manifestbytes",
  "limits.manifestreferences",
  "limits.blobbytes",
  "limits.ranges",
  "catalog.maxentries",
  "tags.maxtags",
])

const APPLIED_SECTIONS = ["notifications.", "events."]

function isApplied(key: string): boolean {
  return APPLIED.has(key) || APPLIED_SECTIONS.some((section) => key.startsWith(section))
}

interface ReloadParts {
  /** What the server was started with. */
  started: LoadedConfig
  readAgain: () => Promise<LoadedConfig>
  /** Takes what of the new configuration counts at once. */
  apply: (config: Config) => void
  /** Looks again at files that the configuration names: certificates, passwords. */
  refreshFiles: () => Promise<unknown>
  log: FlushingLogger
}

/**
 * Gives what to do when the operator asks for the configuration to be read again. What cannot be used changes nothing, and
 * what needs a restart is named. One call follows the other. Never rejects.
 */
export function createReload({ started, readAgain, apply, refreshFiles, log }: ReloadParts): () => Promise<void> {
  let inForce = started
  let last = Promise.resolve()

  async function reload(): Promise<void> {
    const next = await readAgain()
    fp("reload.read")
    for (const warning of next.warnings) log.warn(warning)
    const applied = listChangedKeys(inForce.settings, next.settings).filter(isApplied)
    // Compared with the start, so that it is said again until the restart.
    const waiting = listChangedKeys(started.settings, next.settings).filter((key) => !isApplied(key))
    inForce = next
    apply(next.config)
    fp("reload.applied")
    await refreshFiles()
    for (const key of waiting) log.warn(`${key} has changed: restart the server to have it count`)
    log.info("the configuration was read again", { applied: applied.join(" "), waiting: waiting.length })
  }

  return () => {
    last = last.then(reload).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      log.error("the configuration cannot be read again: what was in force stays in force", { reason })
    })
    return last
  }
}
