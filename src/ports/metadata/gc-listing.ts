import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

/** A manifest that nothing names goes from its repository; a blob goes from all. */
export type FoundKind = "manifest" | "blob"

export interface Found {
  kind: FoundKind
  /** Empty for blobs. */
  repository: RepositoryName | ""
  digest: Digest
}

/** What a run found, kept for whoever asked for it until the next such run: it may be as long as the records are. */
export interface GcListingRecords {
  /** Gives how many are new: a repeated one counts once. One transaction. */
  noteFound(found: readonly Found[]): Promise<number>
  /** Gives how many rows went, fewer than `limit` when that is all. */
  forgetFound(limit: number): Promise<number>
  /** Of the kind, and of a repository (empty for blobs), by digest. */
  listFound(key: Pick<Found, "kind" | "repository">, page: PageRequest): Promise<Page<Digest>>
  /**
   * The repositories in the order of distribution's directories: name by name between the slashes, with what is below one
   * that begins with a digit before it, and the rest after. `last` is a name.
   */
  listTree(page: PageRequest): Promise<Page<RepositoryName>>
  /**
   * Counts the digests after `after` that are manifests, or that one of them has as its child, configuration or layer: each
   * once. Looks at `limit` of them; `next` is where to go on, absent at the end.
   */
  countMarked(after: Digest | "", limit: number): Promise<{ count: number; next?: Digest }>
}
