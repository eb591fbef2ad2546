import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { TagDetails, TagRecords } from "../ports/metadata/tags.ts"
import type { Pause } from "../ports/pause.ts"
import type { DeletionPreview } from "./repositories.ts"
import type { Events } from "./events.ts"
import type { RequestContext } from "./request-context.ts"
import { tallyBlobs } from "./tally.ts"

export interface TagTarget {
  repository: RepositoryName
  tag: Tag
  /** The manifest goes as well, and with it every tag that points at it. */
  withManifest: boolean
}

/** `childCount`: manifests that the deleted one names, such as those of its platforms. They stay. */
export type TagDeletionPreview = DeletionPreview & { digest: Digest; childCount: number }

export interface Tags {
  /** In byte order. Throws NAME_UNKNOWN for a repository that never had content. */
  list(repository: RepositoryName, page: PageRequest): Promise<Page<Tag>>
  /** As `list`. */
  listDetails(repository: RepositoryName, page: PageRequest): Promise<Page<TagDetails>>
  /** Throws TAG_UNKNOWN. */
  previewDeletion(target: TagTarget): Promise<TagDeletionPreview>
  /** Gives the manifest that the tag pointed at. Throws TAG_UNKNOWN. */
  delete(context: RequestContext, target: TagTarget): Promise<Digest>
}

interface Dependencies {
  tags: TagRecords
  repositories: Pick<RepositoryRecords, "exists">
  manifests: Pick<ManifestRecords, "delete" | "tallyOwnBlobs" | "countChildren">
  pause: Pause
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

const SHOWN_TAGS = 100
const STEP = 1000

export function createTags({ tags, repositories, manifests, pause, events }: Dependencies): Tags {
  async function listAny<Item>(repository: RepositoryName, found: Page<Item>): Promise<Page<Item>> {
    if (found.items.length > 0 || (await repositories.exists(repository))) return found
    throw new RegistryError("NAME_UNKNOWN", "repository name not known to registry", { detail: { name: repository } })
  }

  async function getDigest({ repository, tag }: TagTarget): Promise<Digest> {
    const found = await tags.find(repository, tag)
    if (found === undefined) throw unknownTag(repository, tag)
    return found.digest
  }

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
    list: async (repository, page) => listAny(repository, await tags.list(repository, page)),
    listDetails: async (repository, page) => listAny(repository, await tags.listDetails(repository, page)),
    previewDeletion: async (target) => {
      const { repository, tag, withManifest } = target
      const digest = await getDigest(target)
      const nothing = { manifestCount: 0, childCount: 0, blobCount: 0, freeableBytes: 0 }
      if (!withManifest) return { ...nothing, digest, tagCount: 1, tags: [tag] }
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
        manifestCount: 1,
        childCount: await manifests.countChildren(manifest),
        blobCount: blobs.count,
        freeableBytes: blobs.bytes,
      }
    },
    delete: async (context, target) => {
      const { repository, tag, withManifest } = target
      const digest = await getDigest(target)
      const isDeleted = withManifest
        ? await manifests.delete(repository, digest, {
            actor: context.actor.id,
            ...events?.describeManifestDelete(context, repository, digest),
          })
        : await tags.delete(repository, tag, {
            actor: context.actor.id,
            ...events?.describeTagDelete(context, repository, tag),
          })
      if (!isDeleted) throw unknownTag(repository, tag)
      return digest
    },
  }
}

function unknownTag(repository: RepositoryName, tag: Tag): RegistryError {
  return new RegistryError("TAG_UNKNOWN", `${repository} has no tag ${tag}`, { detail: { tag } })
}
