import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobTally, RepositoryRecords, TallyStep } from "../../ports/metadata/repositories.ts"
import { readPage } from "./pages.ts"
import type { EventSignal } from "./events.ts"
import type { Connection } from "./prepared.ts"
import { createDeletion } from "./repository-deletion.ts"
import type { RepositoryGate } from "./repository-gate.ts"
import { repositoryStatements } from "./repository-statements.ts"

export function createRepositoryRecords(gate: RepositoryGate, signal: EventSignal): RepositoryRecords {
  const { read } = gate
  return {
    async exists(repository) {
      return (await read.find(repositoryStatements.find, { repository })) !== undefined
    },
    async list(page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(repositoryStatements.list, { after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    findManifestCount: async (repository) =>
      (await read.find(repositoryStatements.find, { repository }))?.manifestCount,
    async tallyTags(repository, step) {
      const row = await read.find(repositoryStatements.tallyTags, { repository, ...step })
      const { count = 0, last = null, lastPushedAt = null } = row ?? {}
      return { count, lastPushedAt: lastPushedAt ?? undefined, next: nextOf(last, count === step.limit) }
    },
    tallyBlobs: async (repository, step) =>
      toBlobTally(await read.find(repositoryStatements.tallyBlobs, { repository, ...step }), step),
    tallyOwnBlobs: async (repository, step) =>
      toBlobTally(await read.find(repositoryStatements.tallyOwnBlobs, { repository, ...step }), step),
    delete: async (repository, deletion) => {
      const done = await signal.after(deletion.events, gate.carryOut(repository, createDeletion(repository, deletion)))
      if (done === undefined) return undefined
      const { tagCount, manifestCount, purgedCount } = done
      return { tagCount, manifestCount, ...(deletion.isPurge === true && { purgedCount }) }
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
