import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFileProbe } from "../adapters/health/file.ts"
import { createHttpProbe } from "../adapters/health/http.ts"
import { createStorageProbe } from "../adapters/health/storage.ts"
import { createTcpProbe } from "../adapters/health/tcp.ts"
import type { HealthConfig } from "../config/config.ts"
import { createCheckHealthJob } from "../jobs/check-health.ts"
import type { Job } from "../jobs/schedule.ts"
import type { Logger } from "../ports/logger.ts"
import { createHealth, type Health } from "../services/health.ts"
import type { Storage } from "./storage.ts"

interface HealthParts {
  storage: Storage
  /** Where the program keeps what is its own; `undefined`: everything is in memory. */
  directory: string | undefined
  log: Logger
}

/** The state of the checks that are configured, and the jobs that run them. */
export function createHealthChecks(config: HealthConfig, parts: HealthParts): { health: Health; jobs: Job[] } {
  const health = createHealth({ clock, log: parts.log })
  const checks = [
    ...(config.storage === undefined ? [] : [{ probe: createStorage(parts), ...config.storage }]),
    ...config.files.map((file) => ({ probe: createFileProbe(file.path), threshold: 1, ...file })),
    ...config.urls.map((url) => ({ probe: createHttpProbe(url), ...url })),
    ...config.tcp.map((tcp) => ({ probe: createTcpProbe(tcp), ...tcp })),
  ]
  return { health, jobs: checks.map((check) => createCheckHealthJob(health, check)) }
}

function createStorage({ storage: { metadata }, directory }: HealthParts) {
  const tryMetadata = () => metadata.repositories.list({ limit: 1 })
  return createStorageProbe({ directory, file: "probe", files: createDiskFiles(), tryMetadata })
}
