import { isRegistryError, RegistryError } from "../domain/errors.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { Probe } from "../ports/probe.ts"
import type { Blobs } from "./blobs.ts"
import type { Manifests } from "./manifests.ts"
import type { Uploads } from "./uploads.ts"

/** Lets writes through until the storage fails one, and then none until a look at it has found it well. */
export interface WriteGuard {
  /** Throws STORAGE_FAILED, the write not begun, while the storage is not well. */
  run<T>(write: () => Promise<T>): Promise<T>
}

interface Dependencies {
  /** Writes and syncs something, to see whether that works. */
  probe: Probe
  clock: Clock
  log: Logger
}

const PAUSE_MS = 1000

/**
 * After a failed sync nobody knows what the system has dropped, and the next sync may say that all is well. So after any
 * failure nothing is written before a file that was made for the purpose could be: looked for by the next write, and from
 * then on once a second at most.
 */
export function createWriteGuard({ probe, clock, log }: Dependencies): WriteGuard {
  let failure: { at: number; cause: unknown } | undefined
  let nextLookAt = 0
  let looking: Promise<void> | undefined

  function close(cause: unknown): void {
    if (failure !== undefined) return
    failure = { at: clock.now(), cause }
    nextLookAt = failure.at
    log.error("the storage failed: pushes are refused until it can be written to again", { reason: String(cause) })
  }

  async function look(began: number): Promise<void> {
    try {
      await probe.check()
      const failedForSeconds = Math.round((clock.now() - began) / 1000)
      failure = undefined
      log.warn("the storage can be written to again", { failedForSeconds })
    } catch (error) {
      nextLookAt = clock.now() + PAUSE_MS
      log.debug("the storage cannot be written to yet", { reason: String(error) })
    } finally {
      looking = undefined
    }
  }

  async function ensureOpen(): Promise<void> {
    if (failure === undefined) return
    const { at, cause } = failure
    if (clock.now() >= nextLookAt) looking ??= look(at)
    await looking
    // This may be another failure already.
    if (findFailure() === undefined) return
    const detail = { retryAfterSeconds: PAUSE_MS / 1000 }
    throw new RegistryError("STORAGE_FAILED", "the registry's storage failed: nothing is written for now", {
      detail,
      cause,
    })
  }

  const findFailure = () => failure

  return {
    run: async (write) => {
      await ensureOpen()
      try {
        return await write()
      } catch (error) {
        // One without a cause is a rule of ours, and not the storage's doing.
        if (isRegistryError(error, "STORAGE_FAILED") && error.cause !== undefined) close(error.cause)
        throw error
      }
    },
  }
}

interface Writers {
  blobs: Blobs
  manifests: Manifests
  uploads: Uploads
}

/** The same services, with everything that stores content behind the guard. What reads goes by. */
export function guardWrites<Services extends Writers>(services: Services, guard: WriteGuard): Services {
  const { blobs, manifests, uploads } = services
  return {
    ...services,
    blobs: { ...blobs, mount: (...given) => guard.run(() => blobs.mount(...given)) },
    manifests: { ...manifests, put: (...given) => guard.run(() => manifests.put(...given)) },
    uploads: {
      ...uploads,
      create: (...given) => guard.run(() => uploads.create(...given)),
      append: (...given) => guard.run(() => uploads.append(...given)),
      complete: (...given) => guard.run(() => uploads.complete(...given)),
    },
  }
}
