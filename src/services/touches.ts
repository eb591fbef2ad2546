import type { Digest } from "../domain/digest.ts"
import { isRegistryError } from "../domain/errors.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
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
   * A step of collecting, one at a time. Whoever is told of something meanwhile that cannot be put on record is answered
   * after it. `undefined`: something is not on record, and the step was not begun.
   */
  collect<T>(step: () => Promise<T>): Promise<T | undefined>
  /** Why something could not be put on record, until all is; as far as is known. */
  findTrouble(): string | undefined
  /**
   * How long, at most, what was told so far may be relied on: the grace period, or the one before the last restart for as
   * long as something may have been told under it. True once `settle` has been.
   */
  longestGraceSeconds(): number
}

interface Dependencies {
  blobs: Pick<BlobRecords, "touch" | "find">
  manifests: Pick<ManifestRecords, "touch" | "find">
  gc: Pick<GcRecords, "putGrace" | "noteRestored">
  /** For whoever starts next: what is kept here is gone then. */
  unrecorded: Unrecorded
  clock: Clock
  log: Logger
  graceSeconds: number
  collectsUntagged: boolean
}

interface Told {
  records: {
    touch(repository: RepositoryName, digest: Digest): Promise<boolean>
    find(repository: RepositoryName, digest: Digest): Promise<unknown>
  }
  repository: RepositoryName
  digest: Digest
}

/** Manifests whose record is known to be young; one that is not among them is written once more. */
const MAX_KNOWN = 10_000
/** While the disk is full pulls go on; beyond so many of them all that is stored counts as told of. */
const MAX_UNRECORDED = 10_000

export function createTouches(dependencies: Dependencies): Touches {
  const { blobs, manifests, gc, unrecorded: mark, clock, log, graceSeconds, collectsUntagged } = dependencies
  const renewAfterMs = graceSeconds * 500
  const unrecorded = new Map<string, Told>()
  const recordedAt = new Map<string, number>()
  /** Something was told that is not in `unrecorded`: too much of it, or by the process before. `undefined`: not known yet. */
  let isLost: boolean | undefined
  let isNoted = false
  /** A change of it that failed may have been made. */
  let mayBeNoted = false
  // Each is said once, however many pulls meet it.
  let [cannotForget, cannotNote] = [false, false]
  /** Why the last that was tried could not be put on record. */
  let failure: { error: unknown; isLogged: boolean } | undefined
  let step: Promise<unknown> = Promise.resolve()
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
      mayBeNoted = true
      if (!isNoted) await mark.note()
      isNoted = true
      cannotNote = false
    }).catch((error: unknown) => {
      if (!cannotNote)
        context.log.error("that pulls are not on record is forgotten at a restart: make room before it", { error })
      cannotNote = true
    })
  }

  /** What nobody can name any more: for a grace period from now on everything is kept. */
  async function settleLost(): Promise<void> {
    isLost ??= await mark.isNoted()
    if (!isLost) return
    mayBeNoted = true
    isLost = false
    try {
      await gc.noteRestored()
    } catch (error) {
      isLost = true
      throw error
    }
  }

  /** Unless something came since. Where it stays, whoever starts next waits for longer than is needed, and no more. */
  function forgetMark(): Promise<void> {
    return inTurn(async () => {
      if (!mayBeNoted || !isRecorded()) return
      // Whoever comes meanwhile notes it again, after this.
      isNoted = false
      try {
        await mark.forget()
        mayBeNoted = cannotForget = false
      } catch (error) {
        if (!cannotForget) log.error("a restart will have nothing collected for a while, for no reason", { error })
        cannotForget = true
      }
    })
  }

  async function record(context: RequestContext, told: Told): Promise<boolean> {
    const { records, repository, digest } = told
    try {
      return await records.touch(repository, digest)
    } catch (error) {
      // Too much is asked for at once: the client is to come again, as with a push.
      if (isRegistryError(error, "OVERLOADED")) throw error
      if (failure === undefined)
        context.log.warn("a pull could not be put on record: nothing is collected until it can", { digest, error })
      failure ??= { error, isLogged: false }
      await keep(context, told)
      // One that was begun before may have removed it; no other begins.
      await step
      return (await records.find(repository, digest)) !== undefined
    }
  }

  function isRecorded(): boolean {
    return isLost === false && unrecorded.size === 0
  }

  // Whoever collects after a restart has to know by which grace period renewals were left out.
  async function noteGrace(): Promise<void> {
    grace ??= await gc.putGrace(Math.ceil(graceSeconds * 1000))
  }

  /** Where it cannot be, what is told is put on record each time. */
  async function isGraceNoted(): Promise<boolean> {
    if (grace !== undefined) return true
    return noteGrace().then(
      () => true,
      () => false,
    )
  }

  // A clock that was set back must not keep anything from being renewed.
  const isYoung = (touchedAt: number) => Math.abs(clock.now() - touchedAt) < renewAfterMs

  return {
    renew: async (context, repository, { digest, touchedAt }) =>
      (isYoung(touchedAt) && (grace !== undefined || (await isGraceNoted()))) ||
      record(context, { records: blobs, repository, digest }),
    renewManifest: async (context, repository, digest) => {
      const told = { records: manifests, repository, digest }
      if (!collectsUntagged) return true
      if (isYoung(recordedAt.get(nameOf(told)) ?? -Infinity) && (await isGraceNoted())) return true
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
        await noteGrace()
      } catch (error) {
        if (failure?.isLogged !== true)
          log.error("what clients were told of cannot be put on record: nothing is collected until it can", { error })
        failure = { error, isLogged: true }
        return false
      }
      await forgetMark()
      if (!isRecorded()) return false
      failure = undefined
      return true
    },
    collect: async (begin) => {
      if (!isRecorded()) return undefined
      const begun = begin()
      step = begun.catch(() => undefined)
      return begun
    },
    findTrouble: () => {
      if (failure === undefined) return undefined
      return failure.error instanceof Error ? failure.error.message : String(failure.error)
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
