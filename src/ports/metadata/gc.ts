import type { Digest } from "../../domain/digest.ts"
import type { ReferenceKind } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../blob-store.ts"
import type { GcListingRecords } from "./gc-listing.ts"
import type { GcMemoryRecords } from "./gc-memory.ts"

/** What may be garbage. `untagged`: a manifest that a tag or an index has let go; `manifest`: one that was deleted. */
export type ReviewKind = "repository" | "manifest" | "untagged" | "link" | "blob"

export type RemovalKind = "repository" | "manifest" | "link" | "blob"

/**
 * `untagged`: nothing named it, and nobody pulled it for long. `unnamed`: nothing named it, and a run was to end such at
 * once. `expired`: its time for undo is over. `waived`: a run was not to wait for that. `orphan`: nothing ever named it.
 * `superseded`: there is another copy. `damaged`: its bytes were not those of the digest, and are set aside. `purged`:
 * somebody has ended its time for undo.
 */
export type RemovalReason =
  | "deleted"
  | "untagged"
  | "unnamed"
  | "expired"
  | "waived"
  | "unreferenced"
  | "orphan"
  | "superseded"
  | "damaged"
  | "purged"

/** A walk through everything: of the records, or of the stored objects. */
export type GcWalkName = "records" | "objects"

/** Epoch milliseconds: what happened later keeps a thing from being collected. */
export interface GcCutoffs {
  /** When a client was last told that the content is here. */
  touchedBefore: number
  deletedBefore: number
  /** Nothing waits for the end of its time for undo. */
  waivesGrace?: boolean
  /** When an untagged manifest was last pulled, pushed or let go; `undefined`: they stay. */
  untaggedBefore?: number | undefined
  /** These go for good at once, where they otherwise count as deleted at this moment. */
  endsUntagged?: boolean
}

export interface ReviewStep extends GcCutoffs {
  limit: number
  /** Of these not everything is known: nothing of them goes. */
  held: readonly RepositoryName[]
}

export interface ReviewOutcome {
  looked: number
  /** Perhaps more is due. */
  hasMore: boolean
  /** Manifests marked or removed, links removed, blobs condemned. */
  collected: Collected[]
  /** Of blobs that were condemned. */
  bytes: number
}

/** `digest` is empty for a repository, and `repository` for a blob. */
export interface Collected {
  repository: RepositoryName | ""
  digest: Digest | ""
}

export interface StoredCopy extends BlobKey {
  sizeBytes: number
}

export interface GivenUp extends StoredCopy {
  /** There is another copy, which is served. */
  isSuperseded: boolean
}

export interface GcWalk {
  position: string
  startedAt: number
  /** Absent while it goes on. */
  endedAt?: number
}

/** A place in the tag history: epoch ms, and a number that tells apart what happened at once. */
export interface PrunePlace {
  at: number
  id: number
}

export interface PruneStep {
  /** Rows of a kind that are looked at, also of those that stay. */
  limit: number
  /** Absent: from the beginning. */
  after?: PrunePlace
}

export interface Pruned {
  /** That are forgotten. */
  rows: number
  /** Where to go on; absent at the end. */
  next?: PrunePlace
}

/** What is queued or dying; each is counted up to 10,001, which stands for more than 10,000. */
export interface GcBacklog {
  reviews: Record<ReviewKind, number>
  /** How many of them are past their cutoffs. */
  due: number
  condemned: number
  condemnedBytes: number
  deleting: number
  orphans: number
}

export interface Removal {
  kind: RemovalKind
  /** Absent for blobs, which belong to all. */
  repository?: RepositoryName
  digest: Digest
  /** Epoch milliseconds. */
  at: number
  actor: string
  reason: RemovalReason
}

export interface Mark {
  /** Absent: it is there. */
  deletedAt?: number
  /** It cannot be brought back. */
  isPurged?: boolean
}

/** All that is known of a digest; of each list the first hundred. Times are epoch milliseconds. */
export interface DigestRecord {
  copies: {
    generation: number
    sizeBytes: number
    state: "live" | "condemned" | "deleting"
    touchedAt: number
    createdAt: number
    condemnedAt?: number
  }[]
  links: ({ repository: RepositoryName; touchedAt: number } & Mark)[]
  manifests: ({
    repository: RepositoryName
    mediaType: string
    tags: string[]
    lastPulledAt?: number
    /** One that it refers to, or that refers to it, however far, and that stays: it stays with that. */
    keptBy?: Digest
  } & Mark)[]
  /** The manifests that name it. */
  referencedBy: ({ repository: RepositoryName; manifest: Digest; kind: ReferenceKind } & Mark)[]
  reviews: { kind: ReviewKind; repository?: RepositoryName; since: number }[]
  removals: Removal[]
  /** Damaged copies that are kept for people, under these names. */
  setAside: { generation: number; at: number; name: string }[]
}

/**
 * The collector's view of the records. Each call is one transaction of bounded size, in which every condition is looked
 * at anew: a step may be repeated, and may be the last before a crash.
 */
export interface GcRecords extends GcListingRecords, GcMemoryRecords {
  /** Looks at what is due, and removes, marks or condemns what nothing needs. */
  review(kind: ReviewKind, step: ReviewStep): Promise<ReviewOutcome>
  /** Gives up condemned copies: from here on nothing can bring them back. */
  giveUp(step: { condemnedBefore: number; limit: number }): Promise<GivenUp[]>
  /** Copies that are given up and perhaps still stored. */
  listGivenUp(limit: number): Promise<StoredCopy[]>
  /** Their objects are gone. Gives those that went as garbage: a damaged one was set aside before. */
  forget(copies: readonly StoredCopy[]): Promise<StoredCopy[]>
  findWalk(name: GcWalkName): Promise<GcWalk | undefined>
  putWalk(name: GcWalkName, walk: GcWalk): Promise<void>
  /**
   * Queues what the changes themselves should have queued, through as many repositories as `limit` allows for: rows, and
   * look-ups that find none. Gives where to go on; `undefined` at the end.
   */
  survey(position: string, limit: number): Promise<string | undefined>
  /**
   * Of stored objects, those without a row: notes that they were seen, and gives up those that were seen before
   * `seenBefore` already and no link of distribution's names. Gives the digests of these.
   */
  sight(objects: readonly StoredCopy[], seenBefore: number): Promise<Digest[]>
  countBacklog(cutoffs: GcCutoffs): Promise<GcBacklog>
  /** The records were made of a backup just now, or do not have all that clients were told until now. */
  noteRestored(): Promise<void>
  /** When they last were; epoch ms. `undefined`: never. */
  findRestoredAt(): Promise<number | undefined>
  explain(digest: Digest): Promise<DigestRecord>
  /** Forgets removals and tag history from before; what a tag named then stays. */
  prune(before: number, step: PruneStep): Promise<Pruned>
}
