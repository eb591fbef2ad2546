import type { Generated } from "kysely"
import type { ProblemKind } from "../../domain/adoption.ts"
import type { Digest, DigestAlgorithm } from "../../domain/digest.ts"
import type { ReferenceKind } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind } from "../../ports/link-tree.ts"
import type { DeliveryState } from "../../ports/metadata/events.ts"
import type { GcWalkName, RemovalKind, RemovalReason, ReviewKind } from "../../ports/metadata/gc.ts"
import type { FoundKind } from "../../ports/metadata/gc-listing.ts"
import type { DamageReason } from "../../ports/metadata/scrub.ts"

/**
 * The tables as migrations/ leaves them. Times are epoch milliseconds. A row with a `deleted_at` is one that undo can bring
 * back: it holds its bytes, and no other read sees it. Below zero: it was purged, and undo passes it over as well.
 */
export interface Schema {
  repository: {
    name: RepositoryName
    created_at: number
    deleted_at: number | null
    manifest_count: number
  }
  /** A deletion of a repository that is decided, and not carried out to its end. */
  unfinished_deletion: {
    repository: RepositoryName
    part: "manifests" | "tags" | "links"
    /** The last row of the part that was looked at. */
    position: string
    at: number
    actor: string
    /** JSON. */
    events: string | null
    /** 1: none of it, nor what was deleted before, can be restored afterwards. */
    is_purge: number
  }
  /** A restoration of a repository that is decided, and not carried out to its end. */
  unfinished_restoration: {
    repository: RepositoryName
    part: "links" | "tags" | "manifests" | "telling"
    /** The last row of the part that was looked at. */
    position: string
    /** The mark of the deletion that is undone. */
    deleted_at: number
    /** Of its tags, before. */
    last_change: number
    at: number
    actor: string
    /** JSON. */
    telling: string | null
  }
  manifest: {
    repository: RepositoryName
    digest: Digest
    media_type: string
    size: number
    artifact_type: string | null
    subject: Digest | null
    /** JSON; kept for manifests with a subject, whose listing shows it. */
    annotations: string | null
    created_at: number
    created_by: string
    last_pulled_at: number | null
    /** When it was last pushed again, let go by a tag or an index, or restored. */
    used_at: number | null
    deleted_at: number | null
  }
  manifest_body: {
    digest: Digest
    bytes: Uint8Array
  }
  reference: {
    repository: RepositoryName
    manifest: Digest
    kind: ReferenceKind
    digest: Digest
    size: number
  }
  tag: {
    repository: RepositoryName
    name: Tag
    digest: Digest
    media_type: string
    size: number
    created_by: string
    updated_at: number
  }
  tag_history: {
    id: Generated<number>
    repository: RepositoryName
    tag: Tag
    /** Null: the tag was deleted. */
    digest: Digest | null
    previous: Digest | null
    at: number
    actor: string
  }
  blob: {
    digest: Digest
    generation: number
    size: number
    state: BlobState
    touched_at: number
    created_at: number
    /** When the bytes were last compared with the digest. Null: never, since they were taken over. */
    verified_at: number | null
    /** Null while it is live. */
    condemned_at: number | null
  }
  link: {
    repository: RepositoryName
    digest: Digest
    /** When somebody was last told that the blob is here. */
    touched_at: number
    deleted_at: number | null
  }
  upload: {
    id: string
    repository: RepositoryName
    owner: string
    quota_key: string
    algorithm: DigestAlgorithm
    offset: number
    digest: Digest | null
    created_by: string
    created_at: number
    updated_at: number
  }
  /** What distribution's links said when they were last taken over. */
  adopted: {
    repository: RepositoryName
    kind: LinkKind
    /** A tag, or the digest of a manifest or a blob. */
    name: string
    digest: Digest
  }
  /** What an export is about to write there. */
  exporting: {
    repository: RepositoryName
    kind: LinkKind
    name: string
    /** Empty: it removes the link. */
    digest: Digest | ""
  }
  /** One row: the last run. */
  adoption_run: {
    id: number
    started_at: number
    /** JSON; null while the run goes on. */
    report: string | null
  }
  adoption_problem: {
    id: string
    kind: ProblemKind
    path: string
    detail: string | null
  }
  delivery: {
    id: Generated<number>
    endpoint: string
    repository: RepositoryName
    state: DeliveryState
    /** JSON. */
    event: string
    attempts: number
    error: string | null
    since: number
  }
  /** One row: the pass that is under way or was the last. */
  scrub: {
    id: number
    /** 1 while a server has the database, and after one that was cut off. */
    is_open: number
    started_at: number | null
    ended_at: number | null
    position: string
    objects: number
    bytes: number
    damaged: number
  }
  damage: {
    id: Generated<number>
    kind: "blob" | "manifest"
    digest: Digest
    /** Of a manifest, zero. */
    generation: number
    reason: DamageReason
    found_at: number
    /** 1: taken out of service, and to be moved aside. */
    is_condemned: number
    moved_to: string | null
    /** The bytes of a manifest. */
    content: Uint8Array | null
  }
  outbox: {
    endpoint: string
    waiting: number
    dead: number
  }
  /** What may be garbage: it is looked at once the grace period has passed since `since`. */
  review: {
    kind: ReviewKind
    /** Empty for blobs. */
    repository: RepositoryName | ""
    /** Empty for repositories. */
    digest: Digest | ""
    since: number
    /** Of a manifest that has ended: the last of its referrers that has been queued. */
    position: Digest | ""
  }
  /** Stored objects without a row, and when they were first seen so. */
  orphan: {
    digest: Digest
    generation: number
    seen_at: number
  }
  /** What went, when and why. */
  removal: {
    id: Generated<number>
    kind: RemovalKind
    /** Empty for blobs. */
    repository: RepositoryName | ""
    /** Empty for repositories. */
    digest: Digest | ""
    at: number
    actor: string
    reason: RemovalReason
  }
  /** At most one row: when the database was last made of a backup. */
  restoration: {
    id: number
    at: number
  }
  /** How far the slow walks through everything are. */
  gc_walk: {
    name: GcWalkName
    position: string
    started_at: number
    ended_at: number | null
  }
  /** One row: the last run that did something. */
  gc_run: {
    id: number
    /** JSON. */
    report: string
  }
  /** One row: how long a client that was told of something may rely on it. */
  gc_grace: {
    id: number
    /** Since it was last changed. */
    grace_ms: number
    /** The longest that counted before, and until when it still has to. */
    former_ms: number
    former_until: number
  }
  /** What the last run found that was asked for a list. */
  gc_found: {
    kind: FoundKind
    /** Empty for blobs. */
    repository: RepositoryName | ""
    digest: Digest
  }
}

/** `condemned`: unreferenced, to be deleted unless something needs it in time; `deleting`: lost, and its key is not used again. */
export type BlobState = "live" | "condemned" | "deleting"
