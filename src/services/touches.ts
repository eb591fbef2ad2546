import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { BlobRecords, LinkedBlob } from "../ports/metadata/blobs.ts"
import type { GcRecords } from "../ports/metadata/gc.ts"
import type { GcGrace } from "../ports/metadata/gc-memory.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { RequestContext } from "./request-context.ts"

/**
 * A client that is told of a blob may skip its upload and push a manifest a while later: the collector has to know. What
 * is told is on record before it is told, at most twice in a grace period; therefore the collector waits for one and a
 * half of them.
 */
export interface Touches {
  /** `false`: the repository has the blob no more. */
  renew(context: RequestContext, repository: RepositoryName, blob: LinkedBlob): Promise<boolean>
  /** As `renew`, for a manifest that is asked for by its digest: where untagged ones stay, there is nothing to record. */
  renewManifest(context: RequestContext, repository: RepositoryName, digest: Digest): Promise<boolean>
  /** Puts on record what could not be when it was told. `false`: it still cannot, and nothing may be collected. */
  settle(): Promise<boolean>
  /**
   * How long, at most, what was told so far may be relied on: the grace period, or the one before the last restart for as
   * long as something may have been told under it. True once `settle` has been.
   */
  longestGraceSeconds(): number
}

interface Dependencies {
  blobs: Pick<BlobRecords, "touch">
  manifests: Pick<ManifestRecords, "touch">
  gc: Pick<GcRecords, "putGrace">
  clock: Clock
  graceSeconds: number
  collectsUntagged: boolean
}

interface Told {
  records: { touch(repository: RepositoryName, digest: Digest): Promise<boolean> }
  repository: RepositoryName
  digest: Digest
}

/** Manifests whose record is known to be young; one that is not among them is written once more. */
const MAX_KNOWN = 10_000
/** While the disk is full pulls go on; beyond so many of them nothing is collected until a restart. */
const MAX_UNRECORDED = 10_000

export function createTouches({ blobs, manifests, gc, clock, graceSeconds, collectsUntagged }: Dependencies): Touches {
  const renewAfterMs = graceSeconds * 500
  const unrecorded = new Map<string, Told>()
  const recordedAt = new Map<string, number>()
  let isLost = false
  let grace: GcGrace | undefined

  function keep(told: Told): void {
    if (unrecorded.size >= MAX_UNRECORDED) isLost = true
    else unrecorded.set(nameOf(told), told)
  }

  async function record(context: RequestContext, told: Told): Promise<boolean> {
    const { records, repository, digest } = told
    try {
      return await records.touch(repository, digest)
    } catch (error) {
      keep(told)
      context.log.warn("a pull could not be put on record: nothing is collected until it can", { digest, error })
      return true
    }
  }

  // Whoever collects after a restart has to know by which grace period renewals were left out.
  async function noteGrace(): Promise<boolean> {
    try {
      grace ??= await gc.putGrace(Math.ceil(graceSeconds * 1000))
      return true
    } catch {
      return false
    }
  }

  // A clock that was set back must not keep anything from being renewed.
  const isYoung = (touchedAt: number) => Math.abs(clock.now() - touchedAt) < renewAfterMs

  return {
    renew: async (context, repository, { digest, touchedAt }) =>
      (isYoung(touchedAt) && (grace !== undefined || (await noteGrace()))) ||
      record(context, { records: blobs, repository, digest }),
    renewManifest: async (context, repository, digest) => {
      const told = { records: manifests, repository, digest }
      if (!collectsUntagged) return true
      if (isYoung(recordedAt.get(nameOf(told)) ?? -Infinity) && (await noteGrace())) return true
      const at = clock.now()
      if (!(await record(context, told))) return false
      if (recordedAt.size >= MAX_KNOWN) recordedAt.clear()
      recordedAt.set(nameOf(told), at)
      return true
    },
    settle: async () => {
      for (const [name, { records, repository, digest }] of unrecorded) {
        try {
          await records.touch(repository, digest)
        } catch {
          return false
        }
        unrecorded.delete(name)
      }
      return !isLost && (await noteGrace())
    },
    longestGraceSeconds: () =>
      grace === undefined || clock.now() >= grace.formerUntil
        ? graceSeconds
        : Math.max(graceSeconds, grace.formerMs / 1000),
  }
}

function nameOf({ repository, digest }: Told): string {
  return `${repository} ${digest}`
}
