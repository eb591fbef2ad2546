import type { GcRecords, GcWalk, GcWalkName, GivenUp, ReviewKind, StoredCopy } from "../../ports/metadata/gc.ts"
import { gcStatements } from "./gc-statements.ts"
import { explainDigest } from "./gc-explanation.ts"
import { countBacklog } from "./gc-backlog.ts"
import { createGcListingRecords } from "./gc-listing.ts"
import { createGcMemoryRecords } from "./gc-memory.ts"
import { COLLECTOR, isNeeded, review } from "./gc-reviews.ts"
import { prune } from "./gc-pruning.ts"
import { sight, survey } from "./gc-walks.ts"
import { gcWalkStatements } from "./gc-walk-statements.ts"
import { operation } from "./operation.ts"
import type { RepositoryGate } from "./repository-gate.ts"
import { noteRemoval } from "./reviews.ts"

const giveUp = operation(
  "gc.giveUp",
  async (connection, { condemnedBefore, limit }: { condemnedBefore: number; limit: number }): Promise<GivenUp[]> => {
    const given: GivenUp[] = []
    const condemned = await connection.list(gcStatements.listCondemned, { before: condemnedBefore, limit })
    for (const { condemnedAt, ...copy } of condemned) {
      const copies = await connection.list(gcStatements.listCopies, copy)
      const hasLive = copies.some(({ state }) => state === "live")
      // Nothing links to a condemned copy; if something does after all, it is served again.
      const isWanted = !hasLive && (await isNeeded(connection, copy))
      const next = isWanted
        ? { state: "live" as const, condemnedAt: null }
        : { state: "deleting" as const, condemnedAt }
      await connection.run(gcStatements.setState, { ...copy, ...next })
      if (!isWanted) given.push({ ...copy, isSuperseded: hasLive })
    }
    return given
  },
)

const forget = operation("gc.forget", async (connection, copies: readonly StoredCopy[], at): Promise<StoredCopy[]> => {
  const collected: StoredCopy[] = []
  for (const copy of copies) {
    const { digest, generation } = copy
    const aside = await connection.find(gcStatements.findSetAside, { digest, generation })
    if ((await connection.run(gcStatements.forget, { digest, generation })) === 0 || aside !== undefined) continue
    collected.push(copy)
    const others = await connection.list(gcStatements.listCopies, { digest })
    const reason = others.length > 0 ? "superseded" : "unreferenced"
    await noteRemoval(connection, { kind: "blob", repository: "", digest, actor: COLLECTOR, reason, at })
  }
  return collected
})

const putWalk = operation(
  "gc.putWalk",
  async (connection, { name, walk }: { name: GcWalkName; walk: GcWalk }): Promise<void> => {
    const { position, startedAt, endedAt } = walk
    await connection.run(gcWalkStatements.put, { name, position, startedAt, endedAt: endedAt ?? null })
  },
)

const noteRestored = operation("gc.noteRestored", async (connection, _: object, at): Promise<void> => {
  await connection.run(gcWalkStatements.noteRestored, { at })
})

export const gcOperations = [review, giveUp, forget, putWalk, survey, sight, noteRestored, prune]

export function createGcRecords({ read, write, settle }: RepositoryGate): GcRecords {
  return {
    ...createGcListingRecords(read, write),
    ...createGcMemoryRecords(read, write),
    review: async (kind: ReviewKind, step) => {
      // A part of a deletion, or of what undoes it, is not to be judged.
      await settle()
      return write(review, { ...step, kind })
    },
    giveUp: (step) => write(giveUp, step),
    listGivenUp: (limit) => read.list(gcStatements.listGivenUp, { limit }),
    forget: (copies) => write(forget, copies),
    findWalk: async (name) => {
      const row = await read.find(gcWalkStatements.find, { name })
      if (row === undefined) return undefined
      const { endedAt, ...walk } = row
      return endedAt === null ? walk : { ...walk, endedAt }
    },
    putWalk: (name, walk) => write(putWalk, { name, walk }),
    survey: (position, limit) => write(survey, { position, limit }),
    sight: (objects, seenBefore) => write(sight, { objects, seenBefore }),
    noteRestored: () => write(noteRestored, {}),
    findRestoredAt: async () => (await read.find(gcWalkStatements.findRestored, {}))?.at,
    countBacklog: (cutoffs) => countBacklog(read, cutoffs),
    explain: (digest) => explainDigest(read, digest),
    prune: (before, step) => write(prune, { before, ...step }),
  }
}
