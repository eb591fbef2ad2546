import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Deletion } from "./events.ts"

/** What a step of counting goes on from, and how many rows it looks at. */
export interface TallyStep {
  after: string
  limit: number
}

export interface Tally {
  count: number
  /** The `after` of the next step; `undefined`: nothing is left. */
  next: string | undefined
}

export interface TagTally extends Tally {
  /** When one of them was last pushed; epoch ms. */
  lastPushedAt: number | undefined
}

export interface BlobTally extends Tally {
  bytes: number
}

export interface RepositoryDeletion extends Deletion {
  /**
   * Ends the time in which it can be brought back and for which it is kept, and that of all that was deleted in it before;
   * the repository itself may be deleted already.
   */
  isPurge?: boolean
}

export interface DeletedRepository {
  tagCount: number
  manifestCount: number
  /** With a purge: manifests that could be brought back until then, those that were deleted before among them. */
  purgedCount?: number
}

/** Counting goes in steps: a repository may have a million rows, and reads are to be short. */
export interface RepositoryRecords {
  /** Whether the repository has, or had, content. */
  exists(repository: RepositoryName): Promise<boolean>
  /** The repositories that have at least one manifest, in byte order. */
  list(page: PageRequest): Promise<Page<RepositoryName>>
  /** How many manifests it has; `undefined` where there is no such repository. */
  findManifestCount(repository: RepositoryName): Promise<number | undefined>
  tallyTags(repository: RepositoryName, step: TallyStep): Promise<TagTally>
  /** The blobs that the repository has. */
  tallyBlobs(repository: RepositoryName, step: TallyStep): Promise<BlobTally>
  /** Those of them that no manifest of another repository refers to. */
  tallyOwnBlobs(repository: RepositoryName, step: TallyStep): Promise<BlobTally>
  /**
   * The repository is gone with its tags, which the history notes, its manifests and its links to blobs. It goes in steps
   * between which others write; whoever asks for something of it waits for the last, and a crash is followed by the rest.
   * Until the collector comes to it, it can be brought back. `undefined` where there is no such repository.
   */
  delete(repository: RepositoryName, deletion: RepositoryDeletion): Promise<DeletedRepository | undefined>
}
