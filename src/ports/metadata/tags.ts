import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { Deletion } from "./events.ts"

export interface TagRecord {
  digest: Digest
  mediaType: string
  sizeBytes: number
}

export interface TagDetails extends TagRecord {
  name: Tag
  /** Of the manifest and all that it names, its platforms' layers as well. */
  totalBytes: number
  /** Epoch ms. */
  pushedAt: number
  pushedBy: string
}

/** Tags as the last committed write left them: a read after a reply sees that reply's state or a later one. */
export interface TagRecords {
  find(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined>
  /** In byte order. */
  list(repository: RepositoryName, page: PageRequest): Promise<Page<Tag>>
  /** In byte order. */
  listDetails(repository: RepositoryName, page: PageRequest): Promise<Page<TagDetails>>
  /** The tags that point at the manifest, in byte order. */
  listOfManifest(repository: RepositoryName, digest: Digest, page: PageRequest): Promise<Page<Tag>>
  /** Removes the tag and nothing else. `false` when there is none. */
  delete(repository: RepositoryName, tag: Tag, deletion: Deletion): Promise<boolean>
}
