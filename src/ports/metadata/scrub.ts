import type { Digest } from "../../domain/digest.ts"
import type { Page } from "../../domain/page.ts"
import type { BlobKey } from "../blob-store.ts"
import type { BlobRecord } from "./blobs.ts"

export interface ScrubbedBlob extends BlobRecord {
  /** When the bytes were last known to be right; epoch ms. Null: never, since they were taken over. */
  verifiedAt: number | null
}

/** One look at everything that is stored. */
export interface ScrubPass {
  startedAt: number
  /** Absent while it is under way. */
  endedAt?: number
  /** What was looked at last; empty at the beginning. The service alone reads it. */
  position: string
  objects: number
  bytes: number
  damaged: number
}

/** `changed`: the bytes are not those of the digest. */
export type DamageReason = "changed" | "missing" | "unreadable"

export interface Damage extends BlobKey {
  id: number
  kind: "blob" | "manifest"
  reason: DamageReason
  foundAt: number
  /** Where the bytes are kept for people. Absent while they are in their place, or where there are none. */
  movedTo?: string
  /** `repaired`: pushed again, or found to be right. `unneeded`: no repository has it any more. */
  state: "open" | "repaired" | "unneeded"
}

/** How far everything was compared with its digest, and what was found damaged. */
export interface ScrubRecords {
  /** Notes that a server begins; gives whether the one before ended without `close`. */
  open(): Promise<{ wasUnclean: boolean }>
  close(): Promise<void>
  findPass(): Promise<ScrubPass | undefined>
  /** One transaction: the pass, and that these blobs are right. One that was written meanwhile keeps its own time. */
  advance(pass: ScrubPass, verified: ScrubbedBlob[]): Promise<void>
  /** Notes that these blobs are right, as `advance` does. */
  putVerified(verified: ScrubbedBlob[]): Promise<void>
  /** Blobs that are served or may be, by digest and generation. */
  listBlobs(page: { limit: number; after?: BlobKey }): Promise<Page<ScrubbedBlob>>
  /** Those that were written or verified within the last `spanMs` before the latest of them, the latest first. */
  listLatest(spanMs: number, limit: number): Promise<ScrubbedBlob[]>
  find(key: BlobKey): Promise<ScrubbedBlob | undefined>
  /** All generations of the digest. */
  listGenerations(digest: Digest): Promise<ScrubbedBlob[]>
  /** Corrects the size of a blob whose bytes are right. `false` when it was written meanwhile. */
  correctSize(blob: ScrubbedBlob, sizeBytes: number): Promise<boolean>
  /**
   * From here on the copy is not served, and its key is never written to again: the next push of the digest makes another.
   * `false`, and nothing changed, when it was written meanwhile.
   */
  condemn(blob: ScrubbedBlob, reason: DamageReason): Promise<boolean>
  /** Undoes `condemn`. */
  acquit(key: BlobKey): Promise<void>
  /** Notes damage of a copy that stays as it is. `false` when that was known. */
  note(key: BlobKey, reason: DamageReason): Promise<boolean>
  /** Notes where a condemned copy is. */
  putMoved(key: BlobKey, movedTo: string): Promise<void>
  /** Condemned copies that are not known to have been moved aside. */
  listUnmoved(limit: number): Promise<BlobKey[]>
  /** In the order in which it was found; `last` is an id. */
  listDamage(page: { limit: number; last?: string }): Promise<Page<Damage>>
  /** The first of the blob's copies. */
  listDamageOf(digest: Digest, limit: number): Promise<Damage[]>
  /** How many blobs and manifests have open damage. */
  countDamage(): Promise<number>
  /** Forgets what is no longer open and was found before (epoch ms). */
  forgetDamage(before: number): Promise<void>
  /** Digests of the manifests that are stored, in byte order. */
  listManifests(page: { limit: number; last?: string }): Promise<Page<Digest>>
  /** Takes the bytes of a manifest out of service, keeping them; the next push of it stores them anew. */
  condemnManifest(digest: Digest, bytes: Uint8Array): Promise<void>
}
