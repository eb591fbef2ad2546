import { adoptionOperations } from "./adoption.ts"
import { blobOperations } from "./blobs.ts"
import { eventOperations } from "./events.ts"
import { exportOperations } from "./exports.ts"
import { historyOperations } from "./history.ts"
import { manifestOperations } from "./manifests.ts"
import { fsckOperations } from "./fsck.ts"
import { gcListingOperations } from "./gc-listing.ts"
import { gcMemoryOperations } from "./gc-memory.ts"
import { gcOperations } from "./gc.ts"
import type { Operation } from "./operation.ts"
import { repositoryDeletionOperations } from "./repository-deletion.ts"
import { repositoryRestorationOperations } from "./repository-restoration.ts"
import { scrubOperations } from "./scrub.ts"
import { tagOperations } from "./tags.ts"
import { uploadOperations } from "./uploads.ts"

/** Every write there is. */
export const operations = [
  ...adoptionOperations,
  ...blobOperations,
  ...eventOperations,
  ...exportOperations,
  ...fsckOperations,
  ...gcOperations,
  ...gcListingOperations,
  ...gcMemoryOperations,
  ...historyOperations,
  ...manifestOperations,
  ...repositoryDeletionOperations,
  ...repositoryRestorationOperations,
  ...scrubOperations,
  ...tagOperations,
  ...uploadOperations,
]

const byName = new Map(operations.map((one) => [one.name, one as Operation<unknown, unknown>]))

/** The operation that another thread asks for by name. */
export function getOperation(name: string): Operation<unknown, unknown> {
  const found = byName.get(name)
  if (found === undefined) throw new Error(`no operation is called ${name}`)
  return found
}
