import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { HistoryRecords } from "../ports/metadata/history.ts"
import type { ManifestKey, ManifestRecords } from "../ports/metadata/manifests.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"
import type { Pause } from "../ports/pause.ts"
import type { Events } from "./events.ts"
import type { DeletionPreview } from "./repositories.ts"
import type { RequestContext } from "./request-context.ts"
import { tallyBlobs } from "./tally.ts"

export interface ManifestTarget extends ManifestKey {
  /** It cannot be restored afterwards; also one that is deleted already. */
  isPurge: boolean
}

/**
 * `childCount`: manifests that the deleted one names, such as those of its platforms. They stay. `indexes`: the first that
 * name it, of which a platform is missing afterwards.
 */
export type ManifestDeletionPreview = DeletionPreview & { digest: Digest; childCount: number; indexes: Digest[] }

/** A manifest goes with every tag that points at it. */
export interface ManifestDeletion {
  /** Throws MANIFEST_UNKNOWN. */
  preview(target: ManifestTarget): Promise<ManifestDeletionPreview>
  /** Throws MANIFEST_UNKNOWN. */
  delete(context: RequestContext, target: ManifestTarget): Promise<void>
}

interface Dependencies {
  tags: Pick<TagRecords, "listOfManifest">
  manifests: Pick<ManifestRecords, "find" | "delete" | "tallyOwnBlobs" | "countChildren" | "listIndexes">
  history: Pick<HistoryRecords, "findState">
  pause: Pause
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

const SHOWN_TAGS = 100
const SHOWN_INDEXES = 10
const STEP = 1000

export function createManifestDeletion({ tags, manifests, history, pause, events }: Dependencies): ManifestDeletion {
  async function listTagsOf(repository: RepositoryName, digest: Digest): Promise<{ first: Tag[]; count: number }> {
    const first: Tag[] = []
    let count = 0
    for (let last: Tag | undefined, hasMore = true; hasMore; await pause()) {
      const page = await tags.listOfManifest(repository, digest, { limit: STEP, ...(last !== undefined && { last }) })
      if (first.length === 0) first.push(...page.items.slice(0, SHOWN_TAGS))
      count += page.items.length
      last = page.items.at(-1)
      hasMore = page.hasMore
    }
    return { first, count }
  }

  return {
    preview: async ({ repository, digest, isPurge }) => {
      // Of the port that waits for what is being taken over.
      const isThere = (await manifests.find(repository, digest)) !== undefined
      const isDeleted = !isThere && (await history.findState(repository, digest)) === "deleted"
      if (!isThere && !(isPurge && isDeleted)) throw unknownManifest(repository, digest)
      const manifest = { repository, digest }
      const all = await listTagsOf(repository, digest)
      const blobs = { count: 0, bytes: 0 }
      for (const kind of ["config", "layer"] as const) {
        const part = await tallyBlobs(pause, (step) => manifests.tallyOwnBlobs(manifest, kind, step))
        blobs.count += part.count
        blobs.bytes += part.bytes
      }
      return {
        digest,
        tagCount: all.count,
        tags: all.first,
        manifestCount: isThere ? 1 : 0,
        deletedCount: isDeleted ? 1 : 0,
        childCount: await manifests.countChildren(manifest),
        indexes: isThere ? await manifests.listIndexes(manifest, SHOWN_INDEXES) : [],
        blobCount: blobs.count,
        freeableBytes: blobs.bytes,
      }
    },
    delete: async (context, { repository, digest, isPurge }) => {
      const actor = context.actor.id
      const told = events?.describeManifestDelete(context, repository, digest)
      if (await manifests.delete(repository, digest, { actor, isPurge, ...told })) return
      throw unknownManifest(repository, digest)
    },
  }
}

function unknownManifest(repository: RepositoryName, digest: Digest): RegistryError {
  return new RegistryError("MANIFEST_UNKNOWN", `${repository} has no manifest ${digest}`, { detail: { digest } })
}
