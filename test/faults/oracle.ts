import type { Entry, Ledger, OpenUpload } from "./ledger.ts"
import { applyChange, createRepository, forget, type Change, type Repository } from "./repository.ts"
import { forgetDeleted } from "./undo.ts"

/** What the registry must hold, by the ledger alone. */
export interface Oracle {
  repositories: ReadonlyMap<string, Repository>
  /** The changes without an answer, by repository: at most one each, for its owner waits for every answer. */
  open: ReadonlyMap<string, Change>
  /** The upload sessions that are under way, by repository: at most one each. */
  uploads: ReadonlyMap<string, OpenUpload>
  get(repository: string): Repository
  record(entry: Entry): void
  /** Changes that the server said are made. */
  ackedCount(): number
}

export function createOracle(ledger?: Ledger): Oracle {
  const repositories = new Map<string, Repository>()
  const open = new Map<string, Change>()
  const uploads = new Map<string, OpenUpload>()
  let acked = 0
  const get = (name: string) => {
    const repository = repositories.get(name) ?? createRepository(name)
    repositories.set(name, repository)
    return repository
  }
  const end = (entry: Entry) => {
    const change = open.get(entry.repository)
    if (change === undefined) throw new Error(`${entry.repository} has no change that could end in ${entry.at}`)
    open.delete(entry.repository)
    // An upload whose closing request was interrupted may still be resumed; one that was answered is over.
    if (change.kind === "put-blob" && isOver(entry)) uploads.delete(entry.repository)
    return change
  }
  const apply = (entry: Entry) => {
    const { repository } = entry
    if (entry.at === "upload") uploads.set(repository, entry.upload)
    else if (entry.at === "absent") forget(get(repository), { kind: entry.kind, id: entry.digest })
    else if (entry.at === "forgotten") uploads.delete(repository)
    else if (entry.at === "collected") forgetDeleted(get(repository).undoable)
    else if (entry.at !== "intent") {
      const change = end(entry)
      if (entry.at === "ack") acked++
      if (entry.at === "ack" || (entry.at === "found" && entry.happened)) applyChange(get(repository), change)
    } else if (open.has(repository)) throw new Error(`${repository} has a change without an answer already`)
    else open.set(repository, entry.change)
  }
  return {
    repositories,
    open,
    uploads,
    get,
    ackedCount: () => acked,
    record: (entry) => {
      // The intent is on the ledger before the request leaves; the outcome counts once it is on the ledger too.
      ledger?.append(entry)
      apply(entry)
    },
  }
}

/** What a ledger says: the same as the oracle that wrote it, or the oracle is wrong. */
export function replay(entries: Iterable<Entry>): Oracle {
  const oracle = createOracle()
  for (const entry of entries) oracle.record(entry)
  return oracle
}

function isOver(entry: Entry): boolean {
  return entry.at !== "found" || entry.happened
}
