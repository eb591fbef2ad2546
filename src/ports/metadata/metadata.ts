import type { AdoptionRecords } from "./adoption.ts"
import type { BackupRecords } from "./backup.ts"
import type { BlobRecords } from "./blobs.ts"
import type { EventRecords } from "./events.ts"
import type { ExportRecords } from "./exports.ts"
import type { FsckRecords } from "./fsck.ts"
import type { GcRecords } from "./gc.ts"
import type { HistoryRecords } from "./history.ts"
import type { ManifestRecords } from "./manifests.ts"
import type { ReferrerRecords } from "./referrers.ts"
import type { RepositoryRecords } from "./repositories.ts"
import type { ScrubRecords } from "./scrub.ts"
import type { TagRecords } from "./tags.ts"
import type { UploadRecords } from "./uploads.ts"

/** Since the start. */
export interface WriteCounts {
  /** At this moment. */
  waiting: number
  total: number
  commits: number
  commitSeconds: number
  /** What makes room in the log of commits, where there is one. */
  checkpoints: number
  failedCheckpoints: number
}

/** The truth about everything but the bytes of blobs. A write that resolves is on stable storage. */
export interface Metadata {
  adoption: AdoptionRecords
  backup: BackupRecords
  blobs: BlobRecords
  events: EventRecords
  exports: ExportRecords
  fsck: FsckRecords
  gc: GcRecords
  history: HistoryRecords
  manifests: ManifestRecords
  referrers: ReferrerRecords
  repositories: RepositoryRecords
  scrub: ScrubRecords
  tags: TagRecords
  uploads: UploadRecords
  countWrites: () => WriteCounts
  /**
   * The server is about to stop: what goes in steps ends after the one under way and rejects with OVERLOADED, for whoever
   * waits for it too. The next start carries it on.
   */
  interrupt: () => void
  close(): Promise<void>
}
