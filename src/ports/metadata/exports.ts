import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind } from "../link-tree.ts"
import type { BlobRecord } from "./blobs.ts"

/** A link as it should be, or as it is in the base: what distribution's links said when they were last merged. */
export interface ExportedLink {
  /** A tag, or a digest. */
  name: string
  digest: Digest
}

/** What distribution's links should say, and the note of what they do say. */
export interface ExportRecords {
  /** Every repository that has something, here or in the base, in byte order. */
  listRepositories(page: PageRequest): Promise<Page<RepositoryName>>
  /** By name, in byte order. */
  list(repository: RepositoryName, kind: LinkKind, page: PageRequest): Promise<Page<ExportedLink>>
  /** Those of the manifests that the base has. */
  findBase(repository: RepositoryName, manifests: Digest[]): Promise<Set<Digest>>
  /** What the base has and the metadata has not: it was deleted here. By name, in byte order. */
  listGone(repository: RepositoryName, kind: LinkKind, page: PageRequest): Promise<Page<string>>
  /** What the tag named, the latest first, each once; manifests that are gone are left out. */
  listHistory(repository: RepositoryName, tag: Tag, limit: number): Promise<Digest[]>
  /**
   * Notes, before links are touched, what they will say; `names` will be removed. Until `putBase` or `deleteBase` a link that
   * says so is not taken for a change by distribution. One transaction.
   */
  announce(repository: RepositoryName, kind: LinkKind, change: ExportedLink[] | { names: string[] }): Promise<void>
  /**
   * The blob is stored under generation 0, where distribution looks for it, as well: from here on that copy is the one that
   * counts, and the other is for the collector. Throws STORAGE_FAILED while a copy of that generation is being removed.
   */
  putFirst(blob: BlobRecord): Promise<void>
  /** Notes that the links say this. One transaction. */
  putBase(repository: RepositoryName, kind: LinkKind, links: ExportedLink[]): Promise<void>
  /** Notes that there are no such links. One transaction. */
  deleteBase(repository: RepositoryName, kind: LinkKind, names: string[]): Promise<void>
}
