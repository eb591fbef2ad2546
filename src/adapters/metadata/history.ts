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

/** Of each list. */
const SHOWN = 100

const restoreTag = operation(
  "history.restoreTag",
  async (
    connection,
    { tag, actor, events, ...content }: Content & { tag: Tag } & Restoring,
    at,
  ): Promise<Restored | undefined> => {
    const restored: Restored = { manifests: 0, tagCount: 1, kept: [], missing: [] }
    const found = await bringBack(connection, content, { restored, seen: new Set(), at })
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
    const restored: Restored = { manifests: 0, tagCount: 0, kept: [], missing: [] }
    await bringBack(connection, content, { restored, seen: new Set(), at })
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
    const deletedAt = (await connection.find(historyStatements.findDeletion, { repository }))?.at
    if (deletedAt === undefined) return undefined
    const deletion = { repository, deletedAt, at }
    await connection.run(historyStatements.queueUntagged, deletion)
    const manifests = await connection.run(historyStatements.unmarkManifests, deletion)
    const links = await connection.run(historyStatements.unmarkLinks, deletion)
    if (manifests + links === 0) return undefined
    await ensureRepository(connection, repository, at)
    await countManifests(connection, repository, manifests)
    const kept = await connection.list(historyStatements.listKept, { ...deletion, limit: SHOWN })
    await connection.run(historyStatements.noteTaken, { ...deletion, actor })
    const tagCount = await connection.run(historyStatements.putTaken, { ...deletion, actor })
    await connection.run(gcStatements.unqueue, { kind: "repository", repository, digest: "" })
    if (events !== undefined) await appendEvents(connection, events, at)
    return { manifests, tagCount, kept: kept.map(({ name }) => name), missing: [] }
  },
)

interface Walk {
  restored: Restored
  seen: Set<Digest>
  at: number
}

/**
 * Gives the manifest, which is back if it was deleted, with all that it names, also where only that was deleted;
 * `undefined`: it is gone for good.
 */
async function bringBack(connection: Connection, content: Content, { restored, at, seen }: Walk) {
  const row = await connection.find(historyStatements.findManifest, content)
  if (row === undefined || seen.has(content.digest)) return row
  const { repository, digest } = content
  seen.add(digest)
  if (row.deletedAt !== null) {
    await ensureRepository(connection, repository, at)
    await connection.run(historyStatements.unmarkManifest, content)
    await countManifests(connection, repository, 1)
    // Its time as one that no tag names begins anew.
    await queueReview(connection, { kind: "untagged", ...content }, at)
    restored.manifests++
  }
  for (const reference of await connection.list(gcStatements.listReferences, { repository, manifest: digest })) {
    if (reference.kind === "subject") continue
    const named = { repository, digest: reference.digest }
    const isThere =
      reference.kind === "manifest"
        ? (await bringBack(connection, named, { restored, seen, at })) !== undefined
        : await bringLinkBack(connection, named, at)
    if (!isThere && restored.missing.length < SHOWN) restored.missing.push(reference.digest)
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
      if (restored.kept.length < SHOWN) restored.kept.push(name)
      continue
    }
    const manifest = digest && (await connection.find(historyStatements.findManifest, { repository, digest }))
    if (!manifest || manifest.deletedAt !== null) continue
    const { mediaType, sizeBytes } = manifest
    await putTag(connection, { repository, name, digest, mediaType, sizeBytes }, change)
    restored.tagCount++
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
