import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { PushTelling } from "./events.ts"
import type { Tally, TallyStep } from "./repositories.ts"

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
  /** One event for each tag that comes back, and one for each manifest that comes back without a tag. */
  telling?: PushTelling
}

export interface Restored {
  /** How many manifests are back, with the children of indexes. */
  manifests: number
  /** How many tags are back. */
  tagCount: number
  /** Tags that were pushed again since, and stay as they are; the first hundred. */
  kept: Tag[]
  /** All of them. */
  keptCount: number
  /** What the manifest names, or what that names, and is not there; the first hundred. Not looked for in a repository. */
  missing: Digest[]
  /** All of it, counted up to ten thousand. */
  missingCount: number
  /** With `telling`: how many events each endpoint gets. */
  told?: Record<string, number>
}

/** What a restoration would do. */
export interface RestorationPreview extends Omit<Restored, "told"> {
  /** Those that come back; the first hundred. */
  tags: Tag[]
}

export interface TagRestoration {
  repository: RepositoryName
  tag: Tag
  digest: Digest
  /** The `id` of the tag's last change, where the digest was chosen by that: after a later one nothing is done. */
  lastChange?: number
}

/**
 * What tags named, and the way back to it while the bytes are there. A restoration is one transaction, but for that of a
 * repository.
 */
export interface HistoryRecords {
  /** The latest first. */
  list(repository: RepositoryName, query: ChangeQuery): Promise<{ items: TagChange[]; hasMore: boolean }>
  /** What the tag named at that time (epoch ms). `undefined`: it was not there, or that is not on record. */
  findAt(repository: RepositoryName, tag: Tag, at: number): Promise<Digest | undefined>
  findState(repository: RepositoryName, digest: Digest): Promise<ManifestState>
  /** As the restoration of the same name, of which it changes nothing. Read in steps: what happens meanwhile may be in it. */
  previewTag(target: { repository: RepositoryName; tag: Tag; digest: Digest }): Promise<RestorationPreview | undefined>
  previewManifest(repository: RepositoryName, digest: Digest): Promise<RestorationPreview | undefined>
  /** With what is missing. */
  previewRepository(repository: RepositoryName): Promise<RestorationPreview | undefined>
  /** Points the tag at the manifest, which comes back if it is deleted. `undefined`: that is gone for good. */
  restoreTag(target: TagRestoration, restoring: Restoring): Promise<Restored | "moved" | undefined>
  /** Brings back a deleted manifest with the tags that went with it. `undefined`: there is none. */
  restoreManifest(repository: RepositoryName, digest: Digest, restoring: Restoring): Promise<Restored | undefined>
  /**
   * Brings back all that its last deletion took, in steps as that goes: others write between them, whoever asks for something
   * of it waits for the last, and a crash is followed by the rest. `undefined`: it was not deleted, or that is too long ago.
   */
  restoreRepository(repository: RepositoryName, restoring: Restoring): Promise<Restored | undefined>
  /** Of a step of the repository's manifests: those that are deleted and can be brought back. */
  tallyDeleted(repository: RepositoryName, step: TallyStep): Promise<Tally>
}
