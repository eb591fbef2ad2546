import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { ReviewKind, ReviewOutcome } from "../ports/metadata/gc.ts"
import type { GcFound } from "./gc-notes.ts"

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
  /** The first thousand of what went. */
  sample: GcSample[]
  /** Where a list was asked for. */
  found?: GcFound
  /** Of a rehearsal beside a server: what of `removed` the run itself would leave for later. */
  later?: GcLater
}

/** Objects that wait for a delay which a run beside a server keeps. */
export interface GcLater {
  /** Condemned by an earlier run. */
  condemnedBefore: number
  /** Condemned by this one. */
  condemned: number
  /** Without a record: another look has to find them. */
  orphans: number
}

/** What is remembered of the last run that did something. */
export type GcLastRun = Omit<GcReport, "sample" | "found" | "later">

export interface GcSample {
  kind: "manifest" | "blob"
  /** Of a manifest. */
  repository?: RepositoryName
  digest: Digest
}

const SAMPLED = 1000

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
    sample: [],
  }
}

/** Adds what a step of reviewing did. */
export function addOutcome(report: GcReport, kind: ReviewKind, { collected, bytes }: ReviewOutcome): void {
  if (kind === "untagged") report.untagged += collected.length
  if (kind === "manifest") report.manifests += collected.length
  if (kind === "link") report.links += collected.length
  if (kind === "blob") {
    report.condemned += collected.length
    report.condemnedBytes += bytes
  }
  if (kind === "link" || kind === "repository") return
  for (const { repository, digest } of collected.slice(0, SAMPLED - report.sample.length)) {
    const sampled = kind === "blob" ? kind : "manifest"
    if (digest !== "") report.sample.push({ kind: sampled, digest, ...(repository !== "" && { repository }) })
  }
}

/** Adds objects that nothing ever named, and that go. */
export function addOrphans(report: GcReport, digests: readonly Digest[]): void {
  report.orphans += digests.length
  for (const digest of digests.slice(0, SAMPLED - report.sample.length)) report.sample.push({ kind: "blob", digest })
}

export function hasDoneSomething({ untagged, manifests, links, condemned, removed, failures }: GcReport): boolean {
  return untagged + manifests + links + condemned + removed + failures > 0
}
