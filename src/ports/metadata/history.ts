import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { EventAppend } from "./events.ts"

/** One change of a tag. */
export interface TagChange {
  /** Grows with each change. */
  id: number
  tag: Tag
  /** What it named before; absent: it was not there. */
  from?: Digest
  /** What it has named since; absent: it was deleted. */
  to?: Digest
  /** Epoch milliseconds. */
  at: number
  actor: string
  /** Whether `to` can be pulled, can be restored, or is gone for good; absent where there is no `to`. */
  state?: ManifestState
}

export type ManifestState = "present" | "deleted" | "gone"

export interface ChangeQuery {
  tag?: Tag
  /** Only changes before this one. */
  before?: number
  limit: number
}

export interface Restoring {
  actor: string
  events?: EventAppend
}

export interface Restored {
  /** How many manifests are back, with the children of indexes. */
  manifests: number
  /** How many tags are back. */
  tagCount: number
  /** Tags that were pushed again since, and stay as they are; the first hundred. */
  kept: Tag[]
  /** What the manifest names, or what that names, and is not there; the first hundred. Not looked for in a repository. */
  missing: Digest[]
}

/** What tags named, and the way back to it while the bytes are there. Each restoration is one transaction. */
export interface HistoryRecords {
  /** The latest first. */
  list(repository: RepositoryName, query: ChangeQuery): Promise<{ items: TagChange[]; hasMore: boolean }>
  /** What the tag named at that time (epoch ms). `undefined`: it was not there, or that is not on record. */
  findAt(repository: RepositoryName, tag: Tag, at: number): Promise<Digest | undefined>
  findState(repository: RepositoryName, digest: Digest): Promise<ManifestState>
  /** Points the tag at the manifest, which comes back if it is deleted. `undefined`: that is gone for good. */
  restoreTag(
    target: { repository: RepositoryName; tag: Tag; digest: Digest },
    restoring: Restoring,
  ): Promise<Restored | undefined>
  /** Brings back a deleted manifest with the tags that went with it. `undefined`: there is none. */
  restoreManifest(repository: RepositoryName, digest: Digest, restoring: Restoring): Promise<Restored | undefined>
  /** Brings back all that its last deletion took. `undefined`: it was not deleted, or that is too long ago. */
  restoreRepository(repository: RepositoryName, restoring: Restoring): Promise<Restored | undefined>
}
