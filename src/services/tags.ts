import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { TagDetails, TagRecords } from "../ports/metadata/tags.ts"
import type { Events } from "./events.ts"
import type { ManifestDeletion, ManifestDeletionPreview } from "./manifest-deletion.ts"
import type { RequestContext } from "./request-context.ts"

export interface TagTarget {
  repository: RepositoryName
  tag: Tag
  /** The manifest goes as well, and with it every tag that points at it. */
  withManifest: boolean
  /** The manifest cannot be restored afterwards: it must go as well. */
  isPurge: boolean
}

export interface Tags {
  /** In byte order. Throws NAME_UNKNOWN for a repository that never had content. */
  list(repository: RepositoryName, page: PageRequest): Promise<Page<Tag>>
  /** As `list`. */
  listDetails(repository: RepositoryName, page: PageRequest): Promise<Page<TagDetails>>
  /** Throws TAG_UNKNOWN. */
  previewDeletion(target: TagTarget): Promise<ManifestDeletionPreview>
  /** Gives the manifest that the tag pointed at. Throws TAG_UNKNOWN, or REQUEST_INVALID for a purge without the manifest. */
  delete(context: RequestContext, target: TagTarget): Promise<Digest>
}

interface Dependencies {
  tags: TagRecords
  repositories: Pick<RepositoryRecords, "exists">
  manifestDeletion: ManifestDeletion
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

export function createTags({ tags, repositories, manifestDeletion, events }: Dependencies): Tags {
  async function listAny<Item>(repository: RepositoryName, found: Page<Item>): Promise<Page<Item>> {
    if (found.items.length > 0 || (await repositories.exists(repository))) return found
    throw new RegistryError("NAME_UNKNOWN", "repository name not known to registry", { detail: { name: repository } })
  }

  async function getDigest({ repository, tag, isPurge }: TagTarget): Promise<Digest> {
    const found = await tags.find(repository, tag)
    if (found === undefined) throw isPurge ? unknownPurgedTag(repository, tag) : unknownTag(repository, tag)
    return found.digest
  }

  return {
    list: async (repository, page) => listAny(repository, await tags.list(repository, page)),
    listDetails: async (repository, page) => listAny(repository, await tags.listDetails(repository, page)),
    previewDeletion: async (target) => {
      const { repository, tag, withManifest, isPurge } = target
      refuseLonePurge(target)
      const digest = await getDigest(target)
      if (withManifest) return manifestDeletion.preview({ repository, digest, isPurge })
      const nothing = { manifestCount: 0, deletedCount: 0, childCount: 0, indexes: [], blobCount: 0, freeableBytes: 0 }
      return { ...nothing, digest, tagCount: 1, tags: [tag] }
    },
    delete: async (context, target) => {
      const { repository, tag, withManifest, isPurge } = target
      refuseLonePurge(target)
      const digest = await getDigest(target)
      if (withManifest) {
        await manifestDeletion.delete(context, { repository, digest, isPurge })
        return digest
      }
      const told = events?.describeTagDelete(context, repository, tag)
      if (!(await tags.delete(repository, tag, { actor: context.actor.id, ...told }))) throw unknownTag(repository, tag)
      return digest
    },
  }
}

/** A tag alone has no bytes, and its history is what tells people that it was there. */
function refuseLonePurge({ withManifest, isPurge }: TagTarget): void {
  if (isPurge && !withManifest)
    throw new RegistryError("REQUEST_INVALID", "request: a purge is of a manifest: delete the tag with its manifest")
}

/** Whoever deleted it first and then learns that it must not come back. */
function unknownPurgedTag(repository: RepositoryName, tag: Tag): RegistryError {
  return new RegistryError(
    "TAG_UNKNOWN",
    `${repository} has no tag ${tag}: berth tag history ${repository}:${tag} lists what it named, and berth manifest delete ${repository}@DIGEST --purge purges that`,
    { detail: { tag } },
  )
}

function unknownTag(repository: RepositoryName, tag: Tag): RegistryError {
  return new RegistryError("TAG_UNKNOWN", `${repository} has no tag ${tag}`, { detail: { tag } })
}
