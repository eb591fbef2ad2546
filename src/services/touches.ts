import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { BlobRecords, LinkedBlob } from "../ports/metadata/blobs.ts"
import type { RequestContext } from "./request-context.ts"

/**
 * A client that is told of a blob may skip its upload and push a manifest a while later: the collector has to know. What
 * is told is on record before it is told, at most twice in a grace period; therefore the collector waits for one and a
 * half of them.
 */
export interface Touches {
  /** `false`: the repository has the blob no more. */
  renew(context: RequestContext, repository: RepositoryName, blob: LinkedBlob): Promise<boolean>
  /** Puts on record what could not be when it was told. `false`: it still cannot, and nothing may be collected. */
  settle(): Promise<boolean>
}

interface Dependencies {
  blobs: Pick<BlobRecords, "touch">
  clock: Clock
  graceSeconds: number
}

interface Told {
  repository: RepositoryName
  digest: Digest
}

/** While the disk is full pulls go on; beyond so many of them nothing is collected until a restart. */
const MAX_UNRECORDED = 10_000

export function createTouches({ blobs, clock, graceSeconds }: Dependencies): Touches {
  const renewAfterMs = graceSeconds * 500
  const unrecorded = new Map<string, Told>()
  let isLost = false

  function keep(told: Told): void {
    if (unrecorded.size >= MAX_UNRECORDED) isLost = true
    else unrecorded.set(`${told.repository} ${told.digest}`, told)
  }

  return {
    renew: async (context, repository, { digest, touchedAt }) => {
      // A clock that was set back must not keep a blob from being renewed.
      if (Math.abs(clock.now() - touchedAt) < renewAfterMs) return true
      try {
        return await blobs.touch(repository, digest)
      } catch (error) {
        keep({ repository, digest })
        context.log.warn("a pull could not be put on record: nothing is collected until it can", { digest, error })
        return true
      }
    },
    settle: async () => {
      for (const [key, { repository, digest }] of unrecorded) {
        try {
          await blobs.touch(repository, digest)
        } catch {
          return false
        }
        unrecorded.delete(key)
      }
      return !isLost
    },
  }
}
