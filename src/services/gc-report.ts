/** What a run did. Times are epoch milliseconds. */
export interface GcReport {
  startedAt: number
  endedAt: number
  /** Why it did nothing, or ended early. */
  skipped?: string
  /** Manifests that nobody named or pulled for long: they can still be restored. */
  untagged: number
  /** Manifests that were deleted, and now for good. */
  manifests: number
  /** Rights of a repository to blobs that it does not use. */
  links: number
  /** Blobs that nothing needs: they wait for their end. */
  condemned: number
  condemnedBytes: number
  /** Objects that are gone from storage. */
  removed: number
  removedBytes: number
  /** Of these, objects that nothing ever named. */
  orphans: number
  /** Objects that could not be removed: they are tried again. */
  failures: number
  /** Rows of history that were older than they are kept. */
  forgotten: number
}

export function createReport(startedAt: number): GcReport {
  return {
    startedAt,
    endedAt: startedAt,
    untagged: 0,
    manifests: 0,
    links: 0,
    condemned: 0,
    condemnedBytes: 0,
    removed: 0,
    removedBytes: 0,
    orphans: 0,
    failures: 0,
    forgotten: 0,
  }
}
