import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createStorageProbe } from "../adapters/health/storage.ts"
import type { Logger } from "../ports/logger.ts"
import { createWriteGuard, type WriteGuard } from "../services/write-guard.ts"
import type { Storage } from "./storage.ts"

interface GuardParts {
  storage: Storage
  /** Where the program keeps what is its own; `undefined`: everything is in memory. */
  directory: string | undefined
  log: Logger
}

export function createStorageGuard({ storage: { metadata }, directory, log }: GuardParts): WriteGuard {
  // Forgets nothing: a write, so that a connection that was given up is opened anew.
  const tryMetadata = () => metadata.events.forget({ endpoint: "", before: 0, limit: 1 })
  // Another file than that of the health check, which may look at the same time.
  const probe = createStorageProbe({ directory, file: "write-probe", files: createDiskFiles(), tryMetadata })
  return createWriteGuard({ probe, clock, log })
}
