import { RegistryError } from "../domain/errors.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"

export interface Tags {
  /** In byte order. Throws NAME_UNKNOWN for a repository that never had content. */
  list(repository: RepositoryName, page: PageRequest): Promise<Page<Tag>>
}

export function createTags({ tags, repositories }: { tags: TagRecords; repositories: RepositoryRecords }): Tags {
  return {
    list: async (repository, page) => {
      const found = await tags.list(repository, page)
      if (found.items.length > 0 || (await repositories.exists(repository))) return found
      throw new RegistryError("NAME_UNKNOWN", "repository name not known to registry", { detail: { name: repository } })
    },
  }
}
