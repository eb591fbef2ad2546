import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Deletion, EventAppend } from "./events.ts"

/** A stored object. The generation is part of its storage key, so a late delete can only hit the dead copy. */
export interface BlobRecord {
  digest: Digest
  generation: number
  sizeBytes: number
}

export interface LinkedBlob extends BlobRecord {
  /** When a client was last told, on record, that the repository has the blob; epoch ms. */
  touchedAt: number
}

/** Where a new blob becomes readable, and what is to be told of it. */
export interface BlobLink {
  repository: RepositoryName
  /** The upload that it came from. */
  uploadId?: string
  events?: EventAppend
}

export interface BlobRecords {
  /** The blob, if it is linked to the repository: the link is the right to read it there. */
  find(repository: RepositoryName, digest: Digest): Promise<LinkedBlob | undefined>
  /** Puts on record that a client is told now. `false`: the repository has the blob no more. */
  touch(repository: RepositoryName, digest: Digest): Promise<boolean>
  /** The generation under which an upload of the digest is to be stored. */
  nextGeneration(digest: Digest): Promise<number>
  /** One transaction: the stored object and its link to the repository are recorded, and the upload's row goes. */
  put(blob: BlobRecord, link: BlobLink): Promise<void>
  /** Links a stored blob of `from` to `to`. `false` when `from` has no such blob. */
  mount(digest: Digest, mount: { from: RepositoryName; to: RepositoryName; events?: EventAppend }): Promise<boolean>
  /** Removes the repository's link. `false` when there is none. Other repositories keep theirs. */
  unlink(repository: RepositoryName, digest: Digest, deletion: Deletion): Promise<boolean>
  /** The repositories that have the blob, in byte order. */
  listRepositories(digest: Digest, page: PageRequest): Promise<Page<RepositoryName>>
}
