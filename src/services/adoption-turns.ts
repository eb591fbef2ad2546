import type { RepositoryName } from "../domain/repository-name.ts"
import type { Pause } from "../ports/pause.ts"

/** Who has the store while a directory is taken over: first what somebody waits for, then all else. */
export interface Turns {
  /** Does what somebody waits for. `repository`: all of it is, and the steps of its own run do not give way. */
  goFirst<Result>(repository: RepositoryName | undefined, work: () => Promise<Result>): Promise<Result>
  /**
   * Between two steps of a run: resolves when all that was asked for before is done, or at once when the run is stopped.
   * What is asked for meanwhile holds the next step: else a run would never end on a busy server.
   */
  giveWay(signal: AbortSignal, repository?: RepositoryName): Promise<void>
}

export function createTurns(pause: Pause): Turns {
  /** In the order in which they came. */
  const asked = new Set<number>()
  const wanted = new Map<RepositoryName, number>()
  let count = 0
  let changed = Promise.withResolvers<void>()

  function tell(): void {
    changed.resolve()
    changed = Promise.withResolvers()
  }

  function want(repository: RepositoryName | undefined, by: 1 | -1): void {
    if (repository === undefined) return
    const rest = (wanted.get(repository) ?? 0) + by
    if (rest > 0) wanted.set(repository, rest)
    else wanted.delete(repository)
  }

  return {
    goFirst: async (repository, work) => {
      const number = ++count
      asked.add(number)
      want(repository, 1)
      tell()
      try {
        return await work()
      } finally {
        asked.delete(number)
        want(repository, -1)
        tell()
      }
    },
    giveWay: async (signal, repository) => {
      await pause()
      const last = count
      const isHeld = () => {
        if (signal.aborted || (repository !== undefined && wanted.has(repository))) return false
        const [oldest = Infinity] = asked
        return oldest <= last
      }
      if (!isHeld()) return
      signal.addEventListener("abort", tell)
      while (isHeld()) await changed.promise
      signal.removeEventListener("abort", tell)
    },
  }
}
