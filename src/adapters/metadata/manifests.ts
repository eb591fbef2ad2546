import type { ManifestReference } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { EventAppend } from "../../ports/metadata/events.ts"
import type { ManifestDeletion, ManifestKey, ManifestPut, ManifestRecords } from "../../ports/metadata/manifests.ts"
import { holdBlob } from "./blobs.ts"
import { findDeletionMoment } from "./deletion-moment.ts"
import { appendEvents, type EventSignal } from "./events.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation, type Write } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { purgeManifest } from "./purge.ts"
import { countManifests, ensureRepository, toBlobTally } from "./repositories.ts"
import { noteRemoval, queueReview, queueUntagged } from "./reviews.ts"
import type { TagCache } from "./tag-cache.ts"
import { putTag, removeTagsOf, type Change } from "./tags.ts"

const HOUR_MS = 3_600_000

const putManifest = operation(
  "manifests.put",
  async (connection, manifest: ManifestPut, at): Promise<{ missing: ManifestReference[] }> => {
    const { repository, digest, tags, actor } = manifest
    const missing = await findMissing(connection, manifest, at)
    if (missing.length > 0 && manifest.checksReferences) return { missing }
    await ensureRepository(connection, repository, at)
    const stored = await connection.find(manifestStatements.find, { repository, digest })
    if (stored === undefined) await insertManifest(connection, manifest, at)
    // The scrub takes damaged bytes away: whoever pushes them again repairs them.
    else await connection.run(manifestStatements.insertBody, { digest, bytes: manifest.bytes })
    // Its time as one that no tag names begins with each push.
    if (tags.length === 0) await queueUntagged(connection, { repository, digest }, at)
    const { mediaType, sizeBytes } = stored ?? manifest
    for (const name of tags) {
      await putTag(connection, { repository, name, digest, mediaType, sizeBytes }, { actor, at })
    }
    if (manifest.events !== undefined) await appendEvents(connection, manifest.events, at)
    return { missing: [] }
  },
)

const deleteManifest = operation(
  "manifests.delete",
  async (connection, { repository, digest, ...deletion }: ManifestKey & ManifestDeletion, now): Promise<boolean> => {
    const at = await findDeletionMoment(connection, repository, now)
    const change = { actor: deletion.actor, at }
    const tags = await removeManifest(connection, { repository, digest }, change)
    // Nobody may bring it back in between.
    const isPurged = deletion.isPurge === true && (await purgeManifest(connection, { repository, digest }, change))
    if (tags === undefined) return isPurged
    const events = describeDeletion(deletion, tags)
    if (events !== undefined) await appendEvents(connection, events, now)
    return true
  },
)

const markPulled = operation("manifests.markPulled", async (connection, pulled: ManifestKey[], at): Promise<void> => {
  for (const { repository, digest } of pulled) {
    await connection.run(manifestStatements.markPulled, { repository, digest, at, before: at - HOUR_MS })
  }
})

const touchManifest = operation("manifests.touch", async (connection, key: ManifestKey, at): Promise<boolean> => {
  return (await connection.run(manifestStatements.touch, { ...key, at })) > 0
})

export const manifestOperations = [touchManifest, putManifest, deleteManifest, markPulled]

export function createManifestRecords(
  read: Connection,
  write: Write,
  { cache, signal }: { cache: TagCache; signal: EventSignal },
): ManifestRecords {
  return {
    find: (repository, digest) => read.find(manifestStatements.find, { repository, digest }),
    async findBytes(digest) {
      return (await read.find(manifestStatements.findBytes, { digest }))?.bytes
    },
    put: (manifest) => signal.after(manifest.events, cache.change(manifest.repository, write(putManifest, manifest))),
    delete: (repository, digest, deletion) => {
      const input = { repository, digest, ...deletion }
      return signal.after(deletion.events, cache.change(repository, write(deleteManifest, input)))
    },
    tallyOwnBlobs: async (manifest, kind, step) =>
      toBlobTally(await read.find(manifestStatements.tallyOwnBlobs, { ...manifest, kind, ...step }), step),
    listIndexes: async (manifest, limit) =>
      (await read.list(manifestStatements.listIndexes, { ...manifest, limit })).map(({ digest }) => digest),
    countChildren: async (manifest) => (await read.find(manifestStatements.countChildren, manifest))?.count ?? 0,
    touch: (repository, digest) => write(touchManifest, { repository, digest }),
    markPulled: (pulled) => write(markPulled, pulled),
  }
}

/** What was to be told of the manifest, and then of each of its tags. */
function describeDeletion({ events, tagEvent }: ManifestDeletion, tags: Tag[]): EventAppend | undefined {
  if (events === undefined || tagEvent === undefined) return events
  const { event, endpoints } = tagEvent
  const ofTags = tags.map((tag) => {
    return { event: { ...event, id: crypto.randomUUID(), target: { ...event.target, tag } }, endpoints }
  })
  return { ...events, drafts: [...events.drafts, ...ofTags] }
}

async function findMissing(
  connection: Connection,
  { repository, references }: ManifestPut,
  at: number,
): Promise<ManifestReference[]> {
  const missing: ManifestReference[] = []
  for (const reference of references) {
    const isPresent = await holdReference(connection, { repository, reference }, at)
    if (!isPresent && reference.isRequired) missing.push(reference)
  }
  return missing
}

async function holdReference(
  connection: Connection,
  { repository, reference }: { repository: RepositoryName; reference: ManifestReference },
  at: number,
): Promise<boolean> {
  const key = { repository, digest: reference.digest }
  switch (reference.kind) {
    case "config":
    case "layer":
      return holdBlob(connection, key, at)
    case "manifest":
      return (await connection.find(manifestStatements.find, key)) !== undefined
    case "subject":
      return true
  }
}

/**
 * Removes the manifest and every tag that points to it. Gives these tags; `undefined` when there is no such manifest. The
 * row stays with a mark, and holds what it refers to, until the collector comes to it.
 */
export async function removeManifest(
  connection: Connection,
  key: ManifestKey,
  change: Change,
): Promise<Tag[] | undefined> {
  if ((await connection.run(manifestStatements.mark, { ...key, at: change.at })) === 0) return undefined
  const tags = await removeTagsOf(connection, key, change)
  await countManifests(connection, key.repository, -1)
  await queueReview(connection, { kind: "manifest", ...key }, change.at)
  await noteRemoval(connection, { kind: "manifest", ...key, ...change, reason: "deleted" })
  return tags
}

/** Stores a manifest that the repository does not have. */
export async function insertManifest(
  connection: Connection,
  manifest: Omit<ManifestPut, "tags" | "checksReferences">,
  at: number,
): Promise<void> {
  const { repository, digest, bytes, subject, artifactType, annotations } = manifest
  await connection.run(manifestStatements.insert, {
    repository,
    digest,
    mediaType: manifest.mediaType,
    sizeBytes: manifest.sizeBytes,
    artifactType: artifactType ?? null,
    subject: subject ?? null,
    annotations: subject === undefined || annotations === undefined ? null : JSON.stringify(annotations),
    actor: manifest.actor,
    at,
  })
  await connection.run(manifestStatements.insertBody, { digest, bytes })
  for (const reference of manifest.references) {
    const { kind, sizeBytes } = reference
    await connection.run(manifestStatements.insertReference, {
      repository,
      manifest: digest,
      kind,
      digest: reference.digest,
      sizeBytes,
    })
  }
  await countManifests(connection, repository, 1)
}
