import { RegistryError } from "../../domain/errors.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { proceedDeletion, repositoryDeletionStatements } from "./repository-deletion.ts"
import { proceedRestoration, repositoryRestorationStatements } from "./repository-restoration.ts"
import type { Work, WorkStep } from "./repository-work.ts"
import type { TagCache } from "./tag-cache.ts"

/**
 * Deletes and restores repositories in steps, between which other writes have their turn. Whatever names a repository of
 * which that is under way waits for the last of them, so that nobody sees a part of it. Nobody else writes to the database.
 */
export interface RepositoryGate {
  read: Connection
  write: Write
  cache: TagCache
  /** Begins it, when what is under way of the repository has ended. `undefined`: there was nothing to do. */
  carryOut<Step extends WorkStep>(repository: RepositoryName, work: Work<Step>): Promise<Step | undefined>
  /** Resolves when nothing is under way. Rejects where something cannot be carried to its end. */
  settle: () => Promise<void>
  /** From now on nothing goes on after its step: whoever waits for its end is refused. The next start carries it on. */
  interrupt: () => void
}

interface Parts {
  read: Connection
  write: Write
  cache: TagCache
  /** Of which a deletion or a restoration was cut off. */
  unfinished: readonly RepositoryName[]
  stepRows: number
  /** Called when what was cut off has come to its end. */
  resumed: () => void
}

/** `turn` is absent while nobody carries it on: whoever asks next does. */
interface Going {
  turn?: Promise<unknown>
}

export function createRepositoryGate({ read, write, cache, unfinished, stepRows, resumed }: Parts): RepositoryGate {
  const works = new Map<RepositoryName, Going>(unfinished.map((repository) => [repository, {}]))

  let isInterrupted = false

  function refuseWhenInterrupted(): void {
    if (isInterrupted)
      throw new RegistryError("OVERLOADED", "the server is stopping: its next start carries what was begun to its end")
  }

  async function proceedToEnd(next: () => Promise<WorkStep>): Promise<void> {
    do refuseWhenInterrupted()
    while (!(await next()).isDone)
  }

  async function take<T>(repository: RepositoryName, run: () => Promise<T>): Promise<T> {
    const going: Going = {}
    works.set(repository, going)
    try {
      // Before anybody else is let in, what is kept in memory of the tags is forgotten.
      const turn = cache.change(repository, run())
      going.turn = turn
      const done = await turn
      works.delete(repository)
      return done
    } catch (error) {
      delete going.turn
      throw error
    }
  }

  /** Of what was cut off; `undefined`: nothing was begun. */
  async function findNext(repository: RepositoryName): Promise<(() => Promise<WorkStep>) | undefined> {
    if ((await read.find(repositoryDeletionStatements.find, { repository })) !== undefined)
      return () => write(proceedDeletion, { repository, stepRows })
    if ((await read.find(repositoryRestorationStatements.find, { repository })) !== undefined)
      return () => write(proceedRestoration, { repository, stepRows })
    return undefined
  }

  async function wait(repository: RepositoryName): Promise<void> {
    for (;;) {
      const going = works.get(repository)
      if (going === undefined) return
      if (going.turn !== undefined) {
        await going.turn.catch(() => undefined)
        continue
      }
      // It failed: where nothing was begun nothing is to be carried on, which a full disk would not allow.
      const next = await findNext(repository)
      if (works.get(repository) !== going) continue
      if (next === undefined) works.delete(repository)
      else await take(repository, () => proceedToEnd(next)).then(resumed)
    }
  }

  async function carryOut<Step extends WorkStep>(
    repository: RepositoryName,
    { begin, proceed, add, pass }: Work<Step>,
  ): Promise<Step | undefined> {
    while (works.has(repository)) await wait(repository)
    return take(repository, async () => {
      let sum = await begin(write, stepRows)
      while (sum?.isDone === false) {
        pass()
        refuseWhenInterrupted()
        sum = add(sum, await proceed(write, stepRows))
      }
      return sum
    })
  }

  /** While nothing is under way this costs a look at a number. */
  function after<T>(values: object, go: () => Promise<T>): Promise<T> {
    if (works.size === 0) return go()
    const repository = "repository" in values ? (values.repository as RepositoryName) : undefined
    if (repository === undefined || !works.has(repository)) return go()
    return wait(repository).then(() => after(values, go))
  }

  async function settle(): Promise<void> {
    for (const repository of works.keys()) await wait(repository)
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
    carryOut,
    settle,
    interrupt: () => void (isInterrupted = true),
  }
}
