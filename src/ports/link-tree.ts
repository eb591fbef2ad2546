import type { Problem } from "../domain/adoption.ts"
import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"

/** What distribution keeps of a repository, each as a small file that names a digest. `blob`: its right to read a blob. */
export type LinkKind = "tag" | "manifest" | "blob"

/** A tag by its name, a manifest or a blob by its digest. */
export interface LinkKey {
  kind: LinkKind
  name: string
}

export type LinkState =
  | { is: "link"; digest: Digest; changedAt: number }
  /** There is no such link: distribution never wrote it, or deleted it. */
  | { is: "absent" }
  /** There is one, and what it means cannot be told: it may be there or not. */
  | { is: "damaged"; problem: Problem }

export interface LinkListing {
  /** In no order; one directory's worth of them. */
  names: string[]
  problems: Problem[]
  /**
   * Whether the name would be here if there were such a link. Not where a directory could not be read, nor where it is
   * missing: distribution deletes links, never the directories of all of them.
   */
  isListed: (name: string) => boolean
}

export type TreeEntry = { is: "repository"; name: RepositoryName } | { is: "problem"; problem: Problem }

/** The links of a directory that distribution wrote: all that it knows besides the bytes of blobs. */
export interface LinkTree {
  /** Whether distribution ever wrote here. One look, however large the directory is. */
  exists(): Promise<boolean>
  /** Every repository, at any depth, each before those below it. */
  walk(): AsyncIterable<TreeEntry>
  list(repository: RepositoryName, kind: LinkKind): Promise<LinkListing>
  read(repository: RepositoryName, key: LinkKey): Promise<LinkState>
  /** Every digest that the tag ever named, the oldest first; of very many the newest. */
  listHistory(repository: RepositoryName, tag: Tag): Promise<TagMove[]>
  /** Uploads that were begun and not finished. */
  countUploads(repository: RepositoryName): Promise<number>
  /** Where something is, below the data directory: for reports. */
  describe(repository: RepositoryName, key: LinkKey): string
  /** Makes the link say this, also where it says something else. Durable when it resolves, with its directories. */
  write(repository: RepositoryName, key: LinkKey, digest: Digest): Promise<void>
  /** Writes that the tag named the manifest; `current` is another link. */
  writeHistory(repository: RepositoryName, tag: Tag, digest: Digest): Promise<void>
  /** Removes the link, and of a tag its history. Durable when it resolves; repeating it is no error. */
  remove(repository: RepositoryName, key: LinkKey): Promise<void>
  /** Removes what is left of a repository that has no links: its empty directories, and those above it. */
  removeRepository(repository: RepositoryName): Promise<void>
}

export interface TagMove {
  digest: Digest
  /** Epoch, milliseconds. */
  at: number
}
