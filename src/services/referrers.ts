import type { Descriptor } from "../domain/descriptor.ts"
import { digestAlgorithm, digestHex, type Digest } from "../domain/digest.ts"
import { parseManifest } from "../domain/manifest.ts"
import { isIndexMediaType } from "../domain/media-type.ts"
import type { Page } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import { isTag } from "../domain/tag.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { ReferrerQuery, ReferrerRecord, ReferrerRecords } from "../ports/metadata/referrers.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"

export interface Referrers {
  /** What refers to the digest, by digest in byte order. An unknown digest or repository has no referrers, and that is no error. */
  list(repository: RepositoryName, subject: Digest, query: ReferrerQuery): Promise<Page<ReferrerRecord>>
}

interface Dependencies {
  referrers: ReferrerRecords
  tags: TagRecords
  manifests: ManifestRecords
}

export function createReferrers({ referrers, tags, manifests }: Dependencies): Referrers {
  /** Entries that clients of registries without this endpoint wrote into an index under a tag (distribution-spec, "Referrers Tag Schema"). */
  async function listFallback(
    repository: RepositoryName,
    subject: Digest,
    query: ReferrerQuery,
  ): Promise<ReferrerRecord[]> {
    const name = fallbackTag(subject)
    const tag = isTag(name) ? await tags.find(repository, name) : undefined
    if (tag === undefined || !isIndexMediaType(tag.mediaType)) return []
    const bytes = await manifests.findBytes(tag.digest)
    if (bytes === undefined) return []
    return parseManifest(bytes, tag.mediaType, Infinity)
      .manifests.filter(({ artifactType }) => query.artifactType === undefined || artifactType === query.artifactType)
      .filter(({ digest }) => query.last === undefined || digest > query.last)
      .map(toRecord)
  }

  return {
    list: async (repository, subject, query) => {
      const page = await referrers.list(repository, subject, query)
      const fallback = await listFallback(repository, subject, query)
      if (fallback.length === 0) return page
      const all = new Map([...fallback, ...page.items].map((each) => [each.digest, each]))
      const items = [...all.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))
      return { items: items.slice(0, query.limit), hasMore: page.hasMore || items.length > query.limit }
    },
  }
}

function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`
}

function toRecord({ digest, mediaType, size, artifactType, annotations }: Descriptor): ReferrerRecord {
  return {
    digest,
    mediaType,
    sizeBytes: size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  }
}
