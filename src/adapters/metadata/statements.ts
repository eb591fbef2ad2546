import { adoptionStatements } from "./adoption-statements.ts"
import { blobStatements } from "./blob-statements.ts"
import { deletionMomentStatements } from "./deletion-moment.ts"
import { eventStatements } from "./event-statements.ts"
import { exportStatements } from "./exports.ts"
import { gcBacklogStatements } from "./gc-backlog.ts"
import { gcExplanationStatements } from "./gc-explanation.ts"
import { gcFamilyStatements } from "./gc-families.ts"
import { gcListingStatements } from "./gc-listing.ts"
import { gcMemoryStatements } from "./gc-memory.ts"
import { fsckStatements } from "./fsck.ts"
import { gcStatements } from "./gc-statements.ts"
import { gcPruningStatements } from "./gc-pruning.ts"
import { gcWalkStatements } from "./gc-walk-statements.ts"
import { historyPreviewStatements } from "./history-preview.ts"
import { historyStatements } from "./history-statements.ts"
import { manifestStatements } from "./manifest-statements.ts"
import type { Compiled, Prepared, Tools } from "./prepared.ts"
import { purgeStatements } from "./purge.ts"
import { referrerStatements } from "./referrers.ts"
import { repositoryDeletionStatements } from "./repository-deletion.ts"
import { repositoryRestorationStatements } from "./repository-restoration.ts"
import { repositoryStatements } from "./repository-statements.ts"
import { scrubStatements } from "./scrub-statements.ts"
import { tagStatements } from "./tags.ts"
import { uploadStatements } from "./uploads.ts"

/** What a connection executes: one entry for each query of `statements`, in their order. */
export type CompiledStatements = readonly Compiled[]

/** Every query of the adapter; their order is what threads know them by. */
export const statements: readonly Pick<Prepared<never, unknown>, "compile">[] = [
  adoptionStatements,
  blobStatements,
  deletionMomentStatements,
  eventStatements,
  exportStatements,
  gcBacklogStatements,
  gcExplanationStatements,
  gcFamilyStatements,
  gcListingStatements,
  gcMemoryStatements,
  fsckStatements,
  gcStatements,
  gcPruningStatements,
  gcWalkStatements,
  historyPreviewStatements,
  historyStatements,
  manifestStatements,
  purgeStatements,
  referrerStatements,
  repositoryDeletionStatements,
  repositoryRestorationStatements,
  repositoryStatements,
  scrubStatements,
  tagStatements,
  uploadStatements,
].flatMap((ofNoun) => Object.values(ofNoun))

export function compileStatements(tools: Tools): CompiledStatements {
  return statements.map((statement) => statement.compile(tools))
}
