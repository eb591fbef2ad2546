import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Clock } from "../ports/clock.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"

/** Notes when a manifest was last pulled, at most once an hour each, so that a pull does not cost a write. */
export interface Pulls {
  mark(repository: RepositoryName, digest: Digest): void
  /** Writes what was marked since the last call. */
  flush(): Promise<void>
}

interface Pull {
  repository: RepositoryName
  digest: Digest
}

const ONCE_IN_MS = 60 * 60 * 1000
const MAX_REMEMBERED = 10_000

export function createPulls({ manifests, clock }: { manifests: ManifestRecords; clock: Clock }): Pulls {
  // Both are bounded: what is forgotten is only written once more, what finds no room waits for its next pull.
  const markedAt = new Map<RepositoryName, Map<Digest, number>>()
  let remembered = 0
  let waiting: Pull[] = []

  function remember(repository: RepositoryName, digest: Digest, now: number): void {
    if (remembered >= MAX_REMEMBERED) {
      markedAt.clear()
      remembered = 0
    }
    const marks = markedAt.get(repository) ?? new Map<Digest, number>()
    markedAt.set(repository, marks)
    if (!marks.has(digest)) remembered++
    marks.set(digest, now)
  }

  return {
    mark: (repository, digest) => {
      const now = clock.now()
      const last = markedAt.get(repository)?.get(digest)
      if ((last !== undefined && now - last < ONCE_IN_MS) || waiting.length >= MAX_REMEMBERED) return
      remember(repository, digest, now)
      waiting.push({ repository, digest })
    },
    flush: async () => {
      const pulled = waiting
      waiting = []
      if (pulled.length > 0) await manifests.markPulled(pulled)
    },
  }
}
