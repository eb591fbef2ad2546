import { createInitialSchema } from "./0001-initial.ts"
import { createAdoptionSchema } from "./0002-adoption.ts"
import { createEventTables } from "./0003-events.ts"
import { createExportSchema } from "./0004-exports.ts"
import { createGcSchema } from "./0005-gc.ts"
import { createScrubSchema } from "./0006-scrub.ts"
import { createHistoryIndex } from "./0007-history.ts"
import { createPlannerNumbers } from "./0008-planner.ts"
import { createGcMemory } from "./0009-gc-memory.ts"
import { createRestorationTable } from "./0010-restoration.ts"
import { createDyingIndex } from "./0011-gc-dying.ts"
import { createReviewPosition } from "./0012-review-position.ts"
import { createUnfinishedDeletions } from "./0013-unfinished-deletions.ts"
import { createUnfinishedPurges } from "./0014-unfinished-purges.ts"
import { createUnfinishedRestorations } from "./0015-unfinished-restorations.ts"
import { createManifestUse } from "./0016-manifest-use.ts"
import type { Migration } from "./ddl.ts"

/** In order; the n-th leads to schema version n. */
export const migrations: readonly Migration[] = [
  createInitialSchema,
  createAdoptionSchema,
  createEventTables,
  createExportSchema,
  createGcSchema,
  createScrubSchema,
  createHistoryIndex,
  createPlannerNumbers,
  createGcMemory,
  createRestorationTable,
  createDyingIndex,
  createReviewPosition,
  createUnfinishedDeletions,
  createUnfinishedPurges,
  createUnfinishedRestorations,
  createManifestUse,
]
