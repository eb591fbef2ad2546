import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"

export interface TagRecord {
  digest: Digest
  mediaType: string
  sizeBytes: number
}

/** Tags as the last committed write left them: a read after a reply sees that reply's state or a later one. */
export interface TagRecords {
  find(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined>
  /** In byte order. */
  list(repository: RepositoryName, page: PageRequest): Promise<Page<Tag>>
  /** Removes the tag and nothing else. `false` when there is none. */
  delete(repository: RepositoryName, tag: Tag, actor: string): Promise<boolean>
}
