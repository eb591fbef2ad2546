import type { Digest } from "../domain/digest.ts"
import type { GcRecords, ReviewKind, ReviewOutcome } from "../ports/metadata/gc.ts"
import type { Found, GcListingRecords } from "../ports/metadata/gc-listing.ts"
import type { Rest } from "../ports/pause.ts"

/** What a run that is asked for a list found: the list itself is kept by the records. */
export interface GcFound {
  /** Digests that stay: manifests, and what these name. */
  marked: number
  blobs: number
  manifests: number
}

/** Keeps what a run finds. */
export interface GcNotes {
  found: GcFound
  noteReviewed(kind: ReviewKind, collected: ReviewOutcome["collected"]): Promise<void>
  noteBlobs(digests: readonly Digest[]): Promise<void>
  /** What is left in these records, which may be a copy, is marked. */
  countMarked(records: Pick<GcRecords, "countMarked">): Promise<void>
}

interface Surroundings {
  records: GcListingRecords
  signal: AbortSignal
  rest: Rest
}

/** Digests that are looked at in one turn of the event loop: four look-ups each. */
const STEP = 50
const FORGOTTEN_AT_ONCE = 1000

export async function forgetFound({ records, signal, rest }: Surroundings): Promise<void> {
  for (let rows = FORGOTTEN_AT_ONCE; rows === FORGOTTEN_AT_ONCE; await rest()) {
    signal.throwIfAborted()
    rows = await records.forgetFound(FORGOTTEN_AT_ONCE)
  }
}

export async function openNotes(around: Surroundings): Promise<GcNotes> {
  const { records, signal, rest } = around
  await forgetFound(around)
  const found: GcFound = { marked: 0, blobs: 0, manifests: 0 }

  async function noteBlobs(digests: readonly Digest[]): Promise<void> {
    if (digests.length === 0) return
    found.blobs += await records.noteFound(digests.map((digest) => ({ kind: "blob", repository: "", digest })))
  }

  return {
    found,
    noteBlobs,
    noteReviewed: async (kind, collected) => {
      if (kind === "blob") return noteBlobs(collected.flatMap(({ digest }) => (digest === "" ? [] : [digest])))
      if (kind !== "untagged" || collected.length === 0) return
      const manifests = collected.flatMap(({ repository, digest }): Found[] =>
        digest === "" ? [] : [{ kind: "manifest", repository, digest }],
      )
      found.manifests += await records.noteFound(manifests)
    },
    countMarked: async (left) => {
      let next: Digest | "" | undefined = ""
      while (next !== undefined) {
        signal.throwIfAborted()
        const step: { count: number; next?: Digest } = await left.countMarked(next, STEP)
        found.marked += step.count
        next = step.next
        await rest()
      }
    },
  }
}
