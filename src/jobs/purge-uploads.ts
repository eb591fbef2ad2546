import type { Logger } from "../ports/logger.ts"
import type { Uploads } from "../services/uploads.ts"
import type { Job } from "./schedule.ts"

interface PurgeOptions {
  uploads: Pick<Uploads, "purge" | "countAbandoned" | "removeStrays">
  log: Logger
  ageSeconds: number
  intervalSeconds: number
  /** Says what it would do, and does nothing. */
  dryRun: boolean
}

/** Ends uploads that were abandoned (`storage.maintenance.uploadpurging`). */
export function createPurgeUploadsJob({ uploads, log, ageSeconds, intervalSeconds, dryRun }: PurgeOptions): Job {
  return {
    name: "purge-uploads",
    everySeconds: intervalSeconds,
    run: async () => {
      if (dryRun)
        return log.info("abandoned uploads would be purged", { count: await uploads.countAbandoned(ageSeconds) })
      const purged = await uploads.purge(ageSeconds)
      if (purged > 0) log.info("abandoned uploads were purged", { purged })
      const strays = await uploads.removeStrays()
      if (strays > 0) log.info("bytes that belonged to no upload were removed", { files: strays })
    },
  }
}
