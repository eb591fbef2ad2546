import type { Digest } from "../domain/digest.ts"
import type { Page } from "../domain/page.ts"
import { isRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import { listNamed } from "../domain/stored-manifest.ts"
import type { ExportRecords } from "../ports/metadata/exports.ts"
import type { GcListingRecords } from "../ports/metadata/gc-listing.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { Pause } from "../ports/pause.ts"

/** A repository, or below it one of its manifests. */
export interface ListedMark {
  repository: RepositoryName
  manifest?: Digest
  /** It goes, or has gone. */
  isEligible?: boolean
  /** What it names, in its order and as often as it does. */
  references?: Digest[]
}

/** What the last run that was asked for a list keeps and takes, as distribution's collector tells of it. */
export interface GcListing {
  /** Repository for repository as distribution walks through them. `last`: a repository, or with a space a manifest of it. */
  listMarks(page: { limit: number; last?: string }): Promise<Page<ListedMark>>
  /** Blobs that go, or have gone, by digest. */
  listBlobs(page: { limit: number; last?: string }): Promise<Page<Digest>>
}

interface Dependencies {
  records: GcListingRecords
  exports: Pick<ExportRecords, "list">
  manifests: Pick<ManifestRecords, "findBytes">
  pause: Pause
}

/** A manifest may name ten thousand others: a page ends after so many. */
const MOST_NAMED = 10_000
/** Reading is done at once: after so many, and after a manifest that names much, others have their turn. */
const AT_ONCE = 20
const MUCH = 1000

export function createGcListing({ records, exports, manifests, pause }: Dependencies): GcListing {
  /** What the repository has, and what it had before the run. */
  async function listManifests(repository: RepositoryName, { limit, last }: { limit: number; last: string }) {
    const page = { limit, last }
    const [present, found] = await Promise.all([
      exports.list(repository, "manifest", page),
      records.listFound({ kind: "manifest", repository }, page),
    ])
    const eligible = new Set(found.items)
    const all = [...new Set([...present.items.map(({ digest }) => digest), ...found.items])].toSorted()
    const items = all.slice(0, limit).map((digest) => ({ digest, isEligible: eligible.has(digest) }))
    return { items, hasMore: all.length > limit || present.hasMore || found.hasMore }
  }

  async function describe(repository: RepositoryName, digest: Digest): Promise<ListedMark> {
    const bytes = await manifests.findBytes(digest)
    return { repository, manifest: digest, references: bytes === undefined ? [] : listNamed(bytes) }
  }

  return {
    listMarks: async ({ limit, last = "" }) => {
      const items: ListedMark[] = []
      let named = 0
      const add = async (mark: ListedMark) => {
        items.push(mark)
        const count = mark.references?.length ?? 0
        named += count
        if (items.length % AT_ONCE === 0 || count > MUCH) await pause()
      }
      const isFull = () => items.length >= limit || named >= MOST_NAMED
      let [repository, after = ""]: (string | undefined)[] = last.split(" ")
      for (;;) {
        if (repository !== undefined && isRepositoryName(repository)) {
          for (let hasMore = true; hasMore;) {
            if (isFull()) return { items, hasMore: true }
            const page = await listManifests(repository, { limit: limit - items.length, last: after })
            for (const { digest, isEligible } of page.items) {
              if (isFull()) return { items, hasMore: true }
              const mark = isEligible
                ? { repository, manifest: digest, isEligible }
                : await describe(repository, digest)
              await add(mark)
              after = digest
            }
            hasMore = page.hasMore
          }
        }
        if (isFull()) return { items, hasMore: true }
        const tree = await records.listTree({ limit: 1, ...(repository !== "" && repository && { last: repository }) })
        repository = tree.items[0]
        if (repository === undefined) return { items, hasMore: false }
        await add({ repository: repository as RepositoryName })
        after = ""
      }
    },
    listBlobs: (page) => records.listFound({ kind: "blob", repository: "" }, page),
  }
}
