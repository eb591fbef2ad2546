import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { TagRecord } from "../../ports/metadata/tags.ts"

/**
 * Tags that were looked up, by repository. Nobody else writes to the database (its lock sees to that). While a write to a
 * repository is under way nothing is kept of its tags: others may have read already what it wrote, in a list of tags for
 * one, and nobody who asks after them may be given what was before. So a reader is never behind an acknowledged write.
 */
export interface TagCache {
  /** Gives what is kept, else what `load` reads from the database. */
  find(
    key: { repository: RepositoryName; name: Tag },
    load: () => Promise<TagRecord | undefined>,
  ): Promise<TagRecord | undefined>
  /** Waits for a write to the repository's tags that has just been asked for, and forgets them at once. */
  change<T>(repository: RepositoryName, write: Promise<T>): Promise<T>
}

const MAX_TAGS = 10_000

export function createTagCache(): TagCache {
  const repositories = new Map<RepositoryName, Map<Tag, TagRecord>>()
  const changing = new Map<RepositoryName, number>()
  let count = 0
  let changes = 0

  function keep(repository: RepositoryName, name: Tag, record: TagRecord): void {
    if (count >= MAX_TAGS) {
      repositories.clear()
      count = 0
    }
    const tags = repositories.get(repository) ?? new Map<Tag, TagRecord>()
    repositories.set(repository, tags)
    if (!tags.has(name)) count++
    tags.set(name, record)
  }

  return {
    find: async ({ repository, name }, load) => {
      const kept = repositories.get(repository)?.get(name)
      if (kept !== undefined) return kept
      const before = changes
      const record = await load()
      // What was read before a write that is under way, or acknowledged by now, may be what that write replaced.
      if (record !== undefined && changes === before && !changing.has(repository)) keep(repository, name, record)
      return record
    },
    change: (repository, write) => {
      count -= repositories.get(repository)?.size ?? 0
      repositories.delete(repository)
      changing.set(repository, (changing.get(repository) ?? 0) + 1)
      return write.finally(() => {
        changes++
        const others = (changing.get(repository) ?? 0) - 1
        if (others > 0) changing.set(repository, others)
        else changing.delete(repository)
      })
    },
  }
}
