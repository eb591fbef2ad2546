import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

/** A stored object. The generation is part of its storage key, so a late delete can only hit the dead copy. */
export interface BlobRecord {
  digest: Digest
  generation: number
  sizeBytes: number
}

export interface BlobRecords {
  /** The blob, if it is linked to the repository: the link is the right to read it there. */
  find(repository: RepositoryName, digest: Digest): Promise<BlobRecord | undefined>
  /** The generation under which an upload of the digest is to be stored. */
  nextGeneration(digest: Digest): Promise<number>
  /** One transaction: the stored object and its link to the repository are recorded, and the upload's row goes. */
  put(blob: BlobRecord, link: { repository: RepositoryName; uploadId?: string }): Promise<void>
  /** Links a stored blob of `from` to `to`. `false` when `from` has no such blob. */
  mount(digest: Digest, from: RepositoryName, to: RepositoryName): Promise<boolean>
  /** Removes the repository's link. `false` when there is none. Other repositories keep theirs. */
  unlink(repository: RepositoryName, digest: Digest): Promise<boolean>
  /** The repositories that have the blob, in byte order. */
  listRepositories(digest: Digest, page: PageRequest): Promise<Page<RepositoryName>>
}
