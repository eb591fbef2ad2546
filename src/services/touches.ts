import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { BlobRecords, LinkedBlob } from "../ports/metadata/blobs.ts"
import type { GcRecords } from "../ports/metadata/gc.ts"
import type { GcGrace } from "../ports/metadata/gc-memory.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { Unrecorded } from "../ports/unrecorded.ts"
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
  /**
   * Puts on record what could not be when it was told; of what is not known any more, that it was told. `false`: it still
   * cannot, and nothing may be collected.
   */
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
  gc: Pick<GcRecords, "putGrace" | "noteRestored">
  /** For whoever starts next: what is kept here is gone then. */
  unrecorded: Unrecorded
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
/** While the disk is full pulls go on; beyond so many of them all that is stored counts as told of. */
const MAX_UNRECORDED = 10_000

export function createTouches(dependencies: Dependencies): Touches {
  const { blobs, manifests, gc, unrecorded: mark, clock, graceSeconds, collectsUntagged } = dependencies
  const renewAfterMs = graceSeconds * 500
  const unrecorded = new Map<string, Told>()
  const recordedAt = new Map<string, number>()
  /** Something was told that is not in `unrecorded`: too much of it, or by the process before. `undefined`: not known yet. */
  let isLost: boolean | undefined
  let isNoted = false
  /** Changes of the mark, one after the other. */
  let marking: Promise<unknown> = Promise.resolve()
  let grace: GcGrace | undefined

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = marking.then(change)
    marking = turn.catch(() => undefined)
    return turn
  }

  async function keep(context: RequestContext, told: Told): Promise<void> {
    if (unrecorded.size >= MAX_UNRECORDED) isLost = true
    else unrecorded.set(nameOf(told), told)
    if (isNoted) return
    await inTurn(async () => {
      isLost ??= await mark.isNoted()
      if (!isNoted) await mark.note()
      isNoted = true
    }).catch((error: unknown) => {
      context.log.error("that pulls are not on record is forgotten at a restart: make room before it", { error })
    })
  }

  /** What nobody can name any more: for a grace period from now on everything is kept. */
  async function settleLost(): Promise<void> {
    isLost ??= await mark.isNoted()
    if (!isLost) return
    isNoted = true
    isLost = false
    try {
      await gc.noteRestored()
    } catch (error) {
      isLost = true
      throw error
    }
  }

  /** Unless something came since. */
  function forgetMark(): Promise<void> {
    return inTurn(async () => {
      if (!isNoted || isLost === true || unrecorded.size > 0) return
      // Whoever comes meanwhile notes it again, after this.
      isNoted = false
      try {
        await mark.forget()
      } catch (error) {
        isLost = undefined
        throw error
      }
    })
  }

  async function record(context: RequestContext, told: Told): Promise<boolean> {
    const { records, repository, digest } = told
    try {
      return await records.touch(repository, digest)
    } catch (error) {
      await keep(context, told)
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
      try {
        for (const [name, { records, repository, digest }] of unrecorded) {
          await records.touch(repository, digest)
          unrecorded.delete(name)
        }
        await settleLost()
        await forgetMark()
      } catch {
        return false
      }
      return isLost === false && unrecorded.size === 0 && (await noteGrace())
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
