import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { PushTelling } from "../../ports/metadata/events.ts"
import type { ManifestRecord } from "../../ports/metadata/manifests.ts"
import type {
  HistoryRecords,
  ManifestState,
  Restored,
  Restoring,
  TagChange,
  TagRestoration,
} from "../../ports/metadata/history.ts"
import { blobStatements } from "./blob-statements.ts"
import { tellPushes, type EventSignal } from "./events.ts"
import { gcStatements } from "./gc-statements.ts"
import { createMissing, type Missing } from "./history-missing.ts"
import { previewManifest, previewRepository, previewTag } from "./history-preview.ts"
import { historyStatements } from "./history-statements.ts"
import { operation } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { purgeStatements } from "./purge.ts"
import { countManifests, ensureRepository } from "./repositories.ts"
import type { RepositoryGate } from "./repository-gate.ts"
import { createRestoration } from "./repository-restoration.ts"
import { queueUntagged } from "./reviews.ts"
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
    { tag, lastChange, actor, telling, ...content }: TagRestoration & Restoring,
    at,
  ): Promise<Restored | "moved" | undefined> => {
    const { repository } = content
    if (lastChange !== undefined) {
      const page = { repository, tag, before: Number.MAX_SAFE_INTEGER, limit: 1 }
      const [latest] = await connection.list(historyStatements.listOfTag, page)
      if (latest?.id !== lastChange) return "moved"
    }
    const walk = begin(connection, { telling, at })
    const found = await bringBack(walk, content)
    if (found === undefined) return undefined
    const { digest, mediaType, sizeBytes } = found
    await putTag(connection, { repository, name: tag, digest, mediaType, sizeBytes }, { actor, at })
    await tell(walk, found, tag)
    return end(walk, { tagCount: 1 })
  },
)

const restoreManifest = operation(
  "history.restoreManifest",
  async (connection, { actor, telling, ...content }: Content & Restoring, at): Promise<Restored | undefined> => {
    const { repository } = content
    const row = await connection.find(historyStatements.findManifest, content)
    if (row === undefined || row.deletedAt === null) return undefined
    const walk = begin(connection, { telling, at })
    await bringBack(walk, content)
    const deletion = { repository, deletedAt: row.deletedAt, previous: content.digest }
    const taken = await connection.list(historyStatements.listTaken, deletion)
    const tags = await bringTagsBack(walk, { repository, taken }, { actor, at })
    if (tags.tagCount === 0) await tell(walk, row)
    return end(walk, tags)
  },
)

type Back = Pick<Restored, "tagCount" | "kept" | "keptCount">

/** One restoration on its way. */
interface Walk {
  connection: Connection
  at: number
  telling: PushTelling | undefined
  told: Record<string, number>
  seen: Set<Digest>
  manifests: number
  missing: Missing
}

function begin(connection: Connection, { telling, at }: Pick<Walk, "telling" | "at">): Walk {
  return { connection, at, telling, told: {}, seen: new Set(), manifests: 0, missing: createMissing() }
}

function end({ telling, told, manifests, missing }: Walk, tags: Partial<Back> & { tagCount: number }): Restored {
  return { manifests, kept: [], keptCount: 0, ...tags, ...missing.list(), ...(telling && { told }) }
}

async function tell({ connection, telling, told, at }: Walk, manifest: ManifestRecord, tag?: Tag): Promise<void> {
  if (telling === undefined) return
  const { digest, mediaType, sizeBytes } = manifest
  const target = { digest, mediaType, sizeBytes, ...(tag !== undefined && { tag }) }
  await tellPushes(connection, { telling, told, at }, [target])
}

/**
 * Gives the manifest, which is back if it was deleted, with all that it names, also where only that was deleted;
 * `undefined`: it is gone for good.
 */
async function bringBack(walk: Walk, content: Content) {
  const { connection, at, seen, missing } = walk
  const row = await connection.find(historyStatements.findManifest, content)
  if (row === undefined || seen.has(content.digest)) return row
  const { repository, digest } = content
  seen.add(digest)
  if (row.deletedAt !== null) {
    await ensureRepository(connection, repository, at)
    await connection.run(historyStatements.unmarkManifest, content)
    await countManifests(connection, repository, 1)
    // Its time as one that no tag names begins anew.
    await queueUntagged(connection, content, at)
    walk.manifests++
  }
  for (const reference of await connection.list(gcStatements.listReferences, { repository, manifest: digest })) {
    if (reference.kind === "subject") continue
    const named = { repository, digest: reference.digest }
    const isThere =
      reference.kind === "manifest" ? await bringChildBack(walk, named) : await bringLinkBack(connection, named, at)
    if (!isThere) missing.add(reference.digest)
  }
  return row
}

async function bringChildBack(walk: Walk, content: Content): Promise<boolean> {
  const row = await bringBack(walk, content)
  if (row === undefined) return false
  // After its own children, as a client pushes them.
  if (row.deletedAt !== null) await tell(walk, row)
  return true
}

async function bringLinkBack(connection: Connection, content: Content, at: number): Promise<boolean> {
  await connection.run(historyStatements.unmarkLink, { ...content, at })
  return (await connection.find(blobStatements.find, content)) !== undefined
}

/** A tag that was pushed again since stays: what is newer wins. */
async function bringTagsBack(
  walk: Walk,
  { repository, taken }: { repository: RepositoryName; taken: { tag: Tag; previous: Digest | null }[] },
  change: Change,
): Promise<Back> {
  const { connection } = walk
  const tags: Back = { tagCount: 0, kept: [], keptCount: 0 }
  const inOrder = taken.toSorted((left, right) => (left.tag < right.tag ? -1 : 1))
  for (const { tag: name, previous: digest } of inOrder) {
    if ((await connection.find(tagStatements.find, { repository, name })) !== undefined) {
      tags.keptCount++
      if (tags.kept.length < SHOWN) tags.kept.push(name)
      continue
    }
    const manifest = digest && (await connection.find(historyStatements.findManifest, { repository, digest }))
    if (!manifest || manifest.deletedAt !== null) continue
    const { mediaType, sizeBytes } = manifest
    await putTag(connection, { repository, name, digest, mediaType, sizeBytes }, change)
    await tell(walk, manifest, name)
    tags.tagCount++
  }
  return tags
}

export const historyOperations = [restoreTag, restoreManifest]

export function createHistoryRecords(gate: RepositoryGate, signal: EventSignal): HistoryRecords {
  const { read, write, cache } = gate
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
    previewTag: (target) => previewTag(read, target),
    previewManifest: (repository, digest) => previewManifest(read, repository, digest),
    previewRepository: (repository) => previewRepository(read, repository),
    tallyDeleted: async (repository, { after, limit }) => {
      const rows = await read.list(purgeStatements.listManifests, { repository, after: after as Digest, limit })
      const count = rows.filter(({ deletedAt }) => deletedAt !== null && deletedAt > 0).length
      return { count, next: rows.length === limit ? rows.at(-1)?.digest : undefined }
    },
    restoreTag: (target, restoring) =>
      signal.after(restoring.telling, cache.change(target.repository, write(restoreTag, { ...target, ...restoring }))),
    restoreManifest: (repository, digest, restoring) => {
      const input = { repository, digest, ...restoring }
      return signal.after(restoring.telling, cache.change(repository, write(restoreManifest, input)))
    },
    restoreRepository: async (repository, restoring) => {
      const work = createRestoration(repository, restoring)
      const restored = await signal.after(restoring.telling, gate.carryOut(repository, work))
      if (restored === undefined) return undefined
      const { isDone: _, told, ...back } = restored
      return { ...back, missing: [], missingCount: 0, ...(restoring.telling && { told }) }
    },
  }
}

function stateOf(row: { deletedAt: number | null } | undefined): ManifestState {
  if (row?.deletedAt === null) return "present"
  return row !== undefined && row.deletedAt > 0 ? "deleted" : "gone"
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
