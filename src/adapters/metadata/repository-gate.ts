import type { RepositoryName } from "../../domain/repository-name.ts"
import type { RepositoryDeletion } from "../../ports/metadata/repositories.ts"
import { fp } from "../../failpoint.ts"
import type { Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { deleteRepository, proceed, repositoryDeletionStatements, type DeletionStep } from "./repository-deletion.ts"
import type { TagCache } from "./tag-cache.ts"

/**
 * Deletes repositories in steps, between which other writes have their turn. Whatever names a repository that is being
 * deleted waits for the last of them, so that nobody sees a part of it. Nobody else writes to the database.
 */
export interface RepositoryGate {
  read: Connection
  write: Write
  cache: TagCache
  delete(repository: RepositoryName, deletion: RepositoryDeletion): Promise<DeletionStep | undefined>
  /** Resolves when nothing is under way. Rejects where a deletion cannot be carried to its end. */
  settle: () => Promise<void>
}

interface Parts {
  read: Connection
  write: Write
  cache: TagCache
  /** Of which a deletion was cut off. */
  unfinished: readonly RepositoryName[]
}

/** `turn` is absent while nobody carries it on: whoever asks next does. */
interface Going {
  turn?: Promise<unknown>
}

interface Work {
  begin: () => Promise<DeletionStep | undefined>
  /** Called between two steps. */
  pass: () => void
}

export function createRepositoryGate({ read, write, cache, unfinished }: Parts): RepositoryGate {
  const deletions = new Map<RepositoryName, Going>(unfinished.map((repository) => [repository, {}]))

  async function take(repository: RepositoryName, work: Work): Promise<DeletionStep | undefined> {
    const going: Going = {}
    deletions.set(repository, going)
    try {
      // Before anybody else is let in, what is kept in memory of the tags is forgotten.
      const turn = cache.change(repository, carryOut(repository, work))
      going.turn = turn
      const done = await turn
      deletions.delete(repository)
      return done
    } catch (error) {
      delete going.turn
      throw error
    }
  }

  async function carryOut(repository: RepositoryName, { begin, pass }: Work): Promise<DeletionStep | undefined> {
    let sum = await begin()
    while (sum?.isDone === false) {
      pass()
      sum = add(sum, await write(proceed, { repository }))
    }
    return sum
  }

  async function wait(repository: RepositoryName): Promise<void> {
    for (;;) {
      const going = deletions.get(repository)
      if (going === undefined) return
      if (going.turn !== undefined) {
        await going.turn.catch(() => undefined)
        continue
      }
      // It failed: where nothing was begun nothing is to be carried on, which a full disk would not allow.
      const isBegun = (await read.find(repositoryDeletionStatements.find, { repository })) !== undefined
      if (deletions.get(repository) !== going) continue
      if (isBegun) await take(repository, { begin: () => write(proceed, { repository }), pass: () => undefined })
      else deletions.delete(repository)
    }
  }

  async function change(repository: RepositoryName, work: Work): Promise<DeletionStep | undefined> {
    while (deletions.has(repository)) await wait(repository)
    return take(repository, work)
  }

  /** While nothing is under way this costs a look at a number. */
  function after<T>(values: object, go: () => Promise<T>): Promise<T> {
    if (deletions.size === 0) return go()
    const repository = "repository" in values ? (values.repository as RepositoryName) : undefined
    if (repository === undefined || !deletions.has(repository)) return go()
    return wait(repository).then(() => after(values, go))
  }

  async function settle(): Promise<void> {
    for (const repository of deletions.keys()) await wait(repository)
  }

  // What fails now is tried again by whoever asks, and by each run of the collector.
  if (unfinished.length > 0) settle().catch(() => undefined)

  return {
    read: {
      find: (query, values) => after(values, () => read.find(query, values)),
      list: (query, values) => after(values, () => read.list(query, values)),
      run: (query, values) => after(values, () => read.run(query, values)),
    },
    write: (operation, input) =>
      typeof input === "object" && input !== null
        ? after(input, () => write(operation, input))
        : write(operation, input),
    cache: { ...cache, find: (key, load) => after(key, () => cache.find(key, load)) },
    delete: (repository, deletion) =>
      change(repository, {
        begin: () => write(deleteRepository, { repository, ...deletion }),
        pass: deletion.isPurge === true ? passPurge : passDeletion,
      }),
    settle,
  }
}

const passDeletion = () => fp("repository.partly_deleted")
const passPurge = () => fp("repository.partly_purged")

function add(sum: DeletionStep, { isDone, manifestCount, tagCount, purgedCount }: DeletionStep): DeletionStep {
  return {
    isDone,
    manifestCount: sum.manifestCount + manifestCount,
    tagCount: sum.tagCount + tagCount,
    purgedCount: sum.purgedCount + purgedCount,
  }
}
