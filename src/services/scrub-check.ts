import { isRegistryError } from "../domain/errors.ts"
import { fp } from "../failpoint.ts"
import type { BlobKey, BlobStore, Pace } from "../ports/blob-store.ts"
import type { Logger } from "../ports/logger.ts"
import type { DamageReason, ScrubbedBlob, ScrubRecords } from "../ports/metadata/scrub.ts"

/**
 * `spare`: it is damaged, and another copy of the blob is served. `skipped`: it was written or removed meanwhile, and is
 * not what was to be looked at.
 */
export type CheckOutcome = "right" | "damaged" | "spare" | "skipped"

/** Compares one stored blob with its digest, and takes a damaged one out of service. */
export interface ScrubCheck {
  check(blob: ScrubbedBlob, pace: Pace): Promise<CheckOutcome>
  /** Moves aside what was condemned and could not be moved: there was a crash, or the storage failed. */
  recover(pace: Pace): Promise<void>
}

interface Dependencies {
  records: ScrubRecords
  store: Pick<BlobStore, "findSize" | "verify" | "quarantine" | "list">
  log: Logger
}

const STEP = 100
const COPIES = 100
const SERVED = "and another copy of it is served: nothing is to be done"

export function createScrubCheck({ records, store, log }: Dependencies): ScrubCheck {
  async function look(key: BlobKey, pace: Pace): Promise<DamageReason | "right"> {
    try {
      const isRight = await store.verify(key, pace)
      if (isRight === undefined) return "missing"
      return isRight ? "right" : "changed"
    } catch (error) {
      if (isUnreadable(error)) return "unreadable"
      throw error
    }
  }

  async function correctSize(blob: ScrubbedBlob): Promise<void> {
    const sizeBytes = await store.findSize(blob)
    if (sizeBytes === undefined || sizeBytes === blob.sizeBytes) return
    if (!(await records.correctSize(blob, sizeBytes))) return
    log.warn("the recorded size of a blob was wrong, and its bytes are right: it is corrected", {
      digest: blob.digest,
      recorded: blob.sizeBytes,
      sizeBytes,
    })
  }

  /** Asked once the damage is on record: with another copy that is served it counts as repaired. */
  async function isSpare({ digest, generation }: BlobKey): Promise<boolean> {
    const damage = await records.listDamageOf(digest, COPIES)
    return damage.some((one) => one.generation === generation && one.state === "repaired")
  }

  /**
   * A file that is not there stays what it is: a file system that was not mounted looks the same, and a server that took all
   * blobs out of service then would do what no damage could. A push under the same key brings it back.
   */
  async function noteMissing({ digest, generation }: ScrubbedBlob): Promise<CheckOutcome> {
    if ((await store.list({ limit: 1 })).items.length === 0) {
      throw new Error("the storage holds no blob at all: is its file system mounted?")
    }
    const isNew = await records.note({ digest, generation }, "missing")
    if (await isSpare({ digest, generation })) {
      if (isNew) log.warn(`a copy of a blob is missing in the storage, ${SERVED}`, { digest, generation })
      return "spare"
    }
    if (isNew) log.error("a blob is missing in the storage: push it again, or restore it", { digest, generation })
    return "damaged"
  }

  async function moveAside(key: BlobKey): Promise<string> {
    // Nothing there: it was moved before a crash, and only its name was not noted.
    const movedTo = (await store.quarantine(key)) ?? ""
    fp("scrub.quarantined")
    await records.putMoved(key, movedTo)
    return movedTo
  }

  async function condemn(blob: ScrubbedBlob, reason: DamageReason, pace: Pace): Promise<CheckOutcome> {
    const { digest, generation, sizeBytes } = blob
    if (!(await records.condemn(blob, reason))) return "skipped"
    fp("scrub.condemned")
    // A push may have replaced the file before its row was condemned. Since then none can: now the file tells the truth.
    if ((await look(blob, pace)) === "right") {
      await records.acquit({ digest, generation })
      return "right"
    }
    // A spare one goes as well: a manifest might bring it back once the other is no longer served.
    const movedTo = await moveAside({ digest, generation })
    const details = { digest, generation, sizeBytes, reason, movedTo }
    if (await isSpare(blob)) {
      log.warn(`a damaged copy of a blob is moved aside, ${SERVED}`, details)
      return "spare"
    }
    log.error("a stored blob is damaged and no longer served: push it again", details)
    return "damaged"
  }

  return {
    check: async (blob, pace) => {
      const first = await look(blob, pace)
      // Twice: what a reader got wrong once may be the reader's fault.
      const outcome = first === "right" ? first : await look(blob, pace)
      if (outcome === "right") {
        await correctSize(blob)
        return "right"
      }
      const present = await records.find(blob)
      if (present === undefined || present.verifiedAt !== blob.verifiedAt) return "skipped"
      return outcome === "missing" ? noteMissing(blob) : condemn(blob, outcome, pace)
    },
    recover: async (pace) => {
      for (let keys = await records.listUnmoved(STEP); keys.length > 0; keys = await records.listUnmoved(STEP)) {
        for (const key of keys) {
          // What could not be read or moved then may be well again.
          if ((await look(key, pace)) === "right") {
            await records.acquit(key)
            continue
          }
          const movedTo = await moveAside(key)
          log.warn("a damaged blob is moved aside, as was begun before", { ...key, movedTo })
        }
      }
    },
  }
}

/** What the disk cannot give back. Other errors say that the storage cannot be reached, and nothing of the blob. */
function isUnreadable(error: unknown): boolean {
  if (!isRegistryError(error, "STORAGE_FAILED")) return false
  const { cause } = error
  return cause instanceof Error && "code" in cause && cause.code === "EIO"
}
