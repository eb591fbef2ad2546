import type { BlobKey, BlobStore } from "../../../ports/blob-store.ts"
import type { Checker } from "./checker.ts"
import { guard } from "./guard.ts"

/** Hashed within two milliseconds where the processor has no instructions for it; others have their turn in between. */
const STEP_BYTES = 512 * 1024

/** Verifies blobs by the steps of a checker, which may be in other threads. */
export function createVerify(checker: Checker): BlobStore["verify"] {
  let begun = 0

  async function isRight(checkId: string, key: BlobKey, pace: Parameters<BlobStore["verify"]>[1]) {
    for (;;) {
      const step = await guard(checker.check(checkId, key, STEP_BYTES))
      if (step === undefined) return undefined
      if (step.digest !== undefined) return step.digest === key.digest
      await pace?.(step.readBytes)
    }
  }

  return async (key, pace) => {
    const checkId = `check-${++begun}`
    try {
      return await isRight(checkId, key, pace)
    } finally {
      // What closing says adds nothing: all that was read was read.
      await checker.endCheck(checkId).catch(() => undefined)
    }
  }
}
