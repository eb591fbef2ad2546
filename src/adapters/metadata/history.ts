import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { HistoryRecords, ManifestState, Restored, Restoring, TagChange } from "../../ports/metadata/history.ts"
import { blobStatements } from "./blob-statements.ts"
import { appendEvents, type EventSignal } from "./events.ts"
import { gcStatements } from "./gc-statements.ts"
import { historyStatements } from "./history-statements.ts"
import { operation, type Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { countManifests, ensureRepository } from "./repositories.ts"
import { queueReview } from "./reviews.ts"
import type { TagCache } from "./tag-cache.ts"
import { putTag, tagStatements, type Change } from "./tags.ts"

interface Content {
  repository: RepositoryName
  digest: Digest
}

const SHOWN_MISSING = 100

const restoreTag = operation(
  "history.restoreTag",
  async (
    connection,
    { tag, actor, events, ...content }: Content & { tag: Tag } & Restoring,
    at,
  ): Promise<Restored | undefined> => {
    const restored: Restored = { manifests: 0, tags: [tag], kept: [], missing: [] }
    const found = await bringBack(connection, content, { restored, at })
    if (found === undefined) return undefined
    const { digest, mediaType, sizeBytes } = found
    const { repository } = content
    await putTag(connection, { repository, name: tag, digest, mediaType, sizeBytes }, { actor, at })
    if (events !== undefined) await appendEvents(connection, events, at)
    return restored
  },
)

const restoreManifest = operation(
  "history.restoreManifest",
  async (connection, { actor, events, ...content }: Content & Restoring, at): Promise<Restored | undefined> => {
    const { repository } = content
    const row = await connection.find(historyStatements.findManifest, content)
    if (row === undefined || row.deletedAt === null) return undefined
    const restored: Restored = { manifests: 0, tags: [], kept: [], missing: [] }
    await bringBack(connection, content, { restored, at })
    const taken = await connection.list(historyStatements.listTaken, { repository, at: row.deletedAt })
    const own = taken.filter(({ previous }) => previous === content.digest)
    await bringTagsBack(connection, { repository, taken: own, restored }, { actor, at })
    if (events !== undefined) await appendEvents(connection, events, at)
    return restored
  },
)

const restoreRepository = operation(
  "history.restoreRepository",
  async (
    connection,
    { repository, actor, events }: { repository: RepositoryName } & Restoring,
    at,
  ): Promise<Restored | undefined> => {
    // What its deletion left for the collector; a push since then has made the repository anew beside it.
    const deletion = await connection.find(historyStatements.findDeletion, { repository })
    if (deletion === undefined) return undefined
    const deletedAt = deletion.since
    const restored: Restored = { manifests: 0, tags: [], kept: [], missing: [] }
    await ensureRepository(connection, repository, at)
    await connection.run(historyStatements.unmarkLinks, { repository, deletedAt, at })
    for (const { digest } of await connection.list(historyStatements.listMarked, { repository, at: deletedAt })) {
      await bringBack(connection, { repository, digest }, { restored, at })
    }
    const taken = await connection.list(historyStatements.listTaken, { repository, at: deletedAt })
    await bringTagsBack(connection, { repository, taken, restored }, { actor, at })
    await connection.run(gcStatements.unqueue, { kind: "repository", repository, digest: "" })
    if (events !== undefined) await appendEvents(connection, events, at)
    return restored
  },
)

/** Gives the manifest, which is back if it was deleted, with all that it names; `undefined`: it is gone for good. */
async function bringBack(
  connection: Connection,
  content: Content,
  { restored, at }: { restored: Restored; at: number },
) {
  const row = await connection.find(historyStatements.findManifest, content)
  if (row === undefined || row.deletedAt === null) return row
  const { repository, digest } = content
  await ensureRepository(connection, repository, at)
  await connection.run(historyStatements.unmarkManifest, content)
  await countManifests(connection, repository, 1)
  // Its time as one that no tag names begins anew.
  await queueReview(connection, { kind: "untagged", ...content }, at)
  restored.manifests++
  for (const reference of await connection.list(gcStatements.listReferences, { repository, manifest: digest })) {
    if (reference.kind === "subject") continue
    const named = { repository, digest: reference.digest }
    const isThere =
      reference.kind === "manifest"
        ? (await bringBack(connection, named, { restored, at })) !== undefined
        : await bringLinkBack(connection, named, at)
    if (!isThere && restored.missing.length < SHOWN_MISSING) restored.missing.push(reference.digest)
  }
  return row
}

async function bringLinkBack(connection: Connection, content: Content, at: number): Promise<boolean> {
  await connection.run(historyStatements.unmarkLink, { ...content, at })
  return (await connection.find(blobStatements.find, content)) !== undefined
}

/** A tag that was pushed again since stays: what is newer wins. */
async function bringTagsBack(
  connection: Connection,
  {
    repository,
    taken,
    restored,
  }: { repository: RepositoryName; taken: { tag: Tag; previous: Digest | null }[]; restored: Restored },
  change: Change,
): Promise<void> {
  const inOrder = taken.toSorted((left, right) => (left.tag < right.tag ? -1 : 1))
  for (const { tag: name, previous: digest } of inOrder) {
    if ((await connection.find(tagStatements.find, { repository, name })) !== undefined) {
      restored.kept.push(name)
      continue
    }
    const manifest = digest && (await connection.find(historyStatements.findManifest, { repository, digest }))
    if (!manifest || manifest.deletedAt !== null) continue
    const { mediaType, sizeBytes } = manifest
    await putTag(connection, { repository, name, digest, mediaType, sizeBytes }, change)
    restored.tags.push(name)
  }
}

export const historyOperations = [restoreTag, restoreManifest, restoreRepository]

export function createHistoryRecords(
  read: Connection,
  write: Write,
  { cache, signal }: { cache: TagCache; signal: EventSignal },
): HistoryRecords {
  return {
    list: async (repository, { tag, before = Number.MAX_SAFE_INTEGER, limit }) => {
      const page = { repository, before, limit: limit + 1 }
      const rows = await (tag === undefined
        ? read.list(historyStatements.list, page)
        : read.list(historyStatements.listOfTag, { ...page, tag }))
      const items = rows.slice(0, limit).map(toChange)
      return { items, hasMore: rows.length > limit }
    },
    findAt: async (repository, tag, at) =>
      (await read.find(historyStatements.findAt, { repository, tag, at }))?.digest ?? undefined,
    findState: async (repository, digest) =>
      stateOf(await read.find(historyStatements.findManifest, { repository, digest })),
    restoreTag: (target, restoring) =>
      signal.after(restoring.events, cache.change(target.repository, write(restoreTag, { ...target, ...restoring }))),
    restoreManifest: (repository, digest, restoring) => {
      const input = { repository, digest, ...restoring }
      return signal.after(restoring.events, cache.change(repository, write(restoreManifest, input)))
    },
    restoreRepository: (repository, restoring) =>
      signal.after(restoring.events, cache.change(repository, write(restoreRepository, { repository, ...restoring }))),
  }
}

function stateOf(row: { deletedAt: number | null } | undefined): ManifestState {
  if (row === undefined) return "gone"
  return row.deletedAt === null ? "present" : "deleted"
}

interface ChangeRow extends Omit<TagChange, "from" | "to" | "state"> {
  from: Digest | null
  to: Digest | null
  /** Of the manifest that it named then. */
  found: Digest | null
  deletedAt: number | null
}

function toChange({ id, tag, from, to, at, actor, found, deletedAt }: ChangeRow): TagChange {
  const change: TagChange = { id, tag, at, actor }
  if (from !== null) change.from = from
  if (to === null) return change
  return Object.assign(change, { to, state: stateOf(found === null ? undefined : { deletedAt }) })
}
