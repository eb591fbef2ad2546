import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

export interface RepositoryRecords {
  /** Whether the repository has, or had, content. */
  exists(repository: RepositoryName): Promise<boolean>
  /** The repositories that have at least one manifest, in byte order. */
  list(page: PageRequest): Promise<Page<RepositoryName>>
}
