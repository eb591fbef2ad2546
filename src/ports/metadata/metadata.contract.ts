import { describe } from "bun:test"
import { describeAdoptionRecords } from "./adoption.contract.ts"
import { describeBackupRecords } from "./backup.contract.ts"
import { describeBlobRecords } from "./blobs.contract.ts"
import { describeEventRecords } from "./events.contract.ts"
import { describeExportRecords } from "./exports.contract.ts"
import { describeFsckRecords } from "./fsck.contract.ts"
import type { OpenMetadata } from "./fixture.contract.ts"
import { describeGcEnds } from "./gc-ends.contract.ts"
import { describeGcRecords } from "./gc.contract.ts"
import { describeGcListingRecords } from "./gc-listing.contract.ts"
import { describeGcMemoryRecords } from "./gc-memory.contract.ts"
import { describeGcUntagged } from "./gc-untagged.contract.ts"
import { describeHistoryEvents } from "./history-events.contract.ts"
import { describeHistoryRecords } from "./history.contract.ts"
import { describeManifestRecords } from "./manifests.contract.ts"
import { describePurges } from "./purge.contract.ts"
import { describeReferrerRecords } from "./referrers.contract.ts"
import { describeRepositoryRecords } from "./repositories.contract.ts"
import { describeRepositoryDeletion } from "./repository-deletion.contract.ts"
import { describeScrubRecords } from "./scrub.contract.ts"
import { describeTagRecords } from "./tags.contract.ts"
import { describeUploadRecords } from "./uploads.contract.ts"

/** What every metadata store does. `open` gives an empty one, which the suite closes. */
export function describeMetadata(name: string, open: OpenMetadata): void {
  describe(`metadata: ${name}`, () => {
    describeAdoptionRecords(open)
    describeBackupRecords(open)
    describeBlobRecords(open)
    describeEventRecords(open)
    describeExportRecords(open)
    describeGcEnds(open)
    describeGcRecords(open)
    describeGcListingRecords(open)
    describeGcMemoryRecords(open)
    describeGcUntagged(open)
    describeFsckRecords(open)
    describeHistoryEvents(open)
    describeHistoryRecords(open)
    describeManifestRecords(open)
    describePurges(open)
    describeReferrerRecords(open)
    describeRepositoryDeletion(open)
    describeRepositoryRecords(open)
    describeScrubRecords(open)
    describeTagRecords(open)
    describeUploadRecords(open)
  })
}
