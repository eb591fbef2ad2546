import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Deletion } from "../../ports/metadata/events.ts"
import type { BlobTally, RepositoryRecords, TallyStep } from "../../ports/metadata/repositories.ts"
import { readPage } from "./pages.ts"
import { appendEvents, type EventSignal } from "./events.ts"
import { operation, type Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { repositoryStatements } from "./repository-statements.ts"
import { noteRemoval, queueReview } from "./reviews.ts"
import type { TagCache } from "./tag-cache.ts"

const deleteRepository = operation(
  "repositories.delete",
  async (connection, { actor, events, ...target }: { repository: RepositoryName } & Deletion, at) => {
    const { repository: name } = target
    const manifestCount = (await connection.find(repositoryStatements.find, { name }))?.manifestCount
    if (manifestCount === undefined) return undefined
    await connection.run(repositoryStatements.noteTagDeletions, { ...target, actor, at })
    const tagCount = await connection.run(repositoryStatements.deleteTags, target)
    await connection.run(repositoryStatements.noteRemovals, { ...target, actor, at })
    await connection.run(repositoryStatements.queueManifests, { ...target, at })
    await connection.run(repositoryStatements.markManifests, { ...target, at })
    await connection.run(repositoryStatements.markLinks, { ...target, at })
    await connection.run(repositoryStatements.mark, { ...target, at })
    await queueReview(connection, { kind: "repository", ...target, digest: "" }, at)
    await noteRemoval(connection, { kind: "repository", ...target, digest: "", actor, at, reason: "deleted" })
    if (events !== undefined) await appendEvents(connection, events, at)
    return { tagCount, manifestCount }
  },
)

export const repositoryOperations = [deleteRepository]

export function createRepositoryRecords(
  read: Connection,
  write: Write,
  { cache, signal }: { cache: TagCache; signal: EventSignal },
): RepositoryRecords {
  return {
    async exists(repository) {
      return (await read.find(repositoryStatements.find, { name: repository })) !== undefined
    },
    async list(page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(repositoryStatements.list, { after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    findManifestCount: async (name) => (await read.find(repositoryStatements.find, { name }))?.manifestCount,
    async tallyTags(repository, step) {
      const row = await read.find(repositoryStatements.tallyTags, { repository, ...step })
      const { count = 0, last = null, lastPushedAt = null } = row ?? {}
      return { count, lastPushedAt: lastPushedAt ?? undefined, next: nextOf(last, count === step.limit) }
    },
    tallyBlobs: async (repository, step) =>
      toBlobTally(await read.find(repositoryStatements.tallyBlobs, { repository, ...step }), step),
    tallyOwnBlobs: async (repository, step) =>
      toBlobTally(await read.find(repositoryStatements.tallyOwnBlobs, { repository, ...step }), step),
    delete: (repository, deletion) => {
      const change = cache.change(repository, write(deleteRepository, { repository, ...deletion }))
      return signal.after(deletion.events, change)
    },
  }
}

interface BlobTallyRow {
  seen: number
  count: number
  bytes: number | null
  last: string | null
}

export function toBlobTally(row: BlobTallyRow | undefined, step: TallyStep): BlobTally {
  const { seen = 0, count = 0, bytes = null, last = null } = row ?? {}
  return { count, bytes: bytes ?? 0, next: nextOf(last, seen === step.limit) }
}

/** A step that was full may be the last all the same: the next one then finds nothing. */
function nextOf(last: string | null, isFull: boolean): string | undefined {
  return isFull && last !== null ? last : undefined
}

export async function ensureRepository(connection: Connection, name: RepositoryName, at: number): Promise<void> {
  await connection.run(repositoryStatements.ensure, { name, at })
}

/** Keeps the number that tells whether the catalog shows the repository. */
export async function countManifests(connection: Connection, name: RepositoryName, added: number): Promise<void> {
  await connection.run(repositoryStatements.count, { name, added })
}
