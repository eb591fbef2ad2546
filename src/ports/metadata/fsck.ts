import type { Digest } from "../../domain/digest.ts"
import type { FindingKind } from "../../domain/fsck.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../blob-store.ts"

/** What the tables say of each other. */
export interface RowFinding {
  kind: FindingKind
  repository: RepositoryName | ""
  /** A tag, a digest, or a message of the database. */
  name: string
  /** The manifest that names it. */
  manifest?: Digest
}

export interface Inspection {
  counts: Partial<Record<FindingKind, number>>
  /** Of each kind the first thousand. */
  findings: RowFinding[]
}

export interface FsckRecords {
  /** Compares all tables with each other, and has the database check itself. Nothing waits for it. */
  inspect(signal: AbortSignal): Promise<Inspection>
  /** Whether anything has to do with the stored object: a row in any state, or a manifest that distribution wrote. */
  isKnown(key: BlobKey): Promise<boolean>
  /** Whether manifests name the blob in a repository that has it: one that is there, or deleted ones alone. */
  findNeed(digest: Digest): Promise<"present" | "deleted" | undefined>
  /** The ids of open uploads and how many bytes they should have, in byte order; `after` is an id. */
  listUploads(after: string, limit: number): Promise<{ id: string; offset: number }[]>
  /** Counts the repository's manifests. */
  recount(repository: RepositoryName): Promise<void>
  /** Lets the repository read a stored blob that a manifest of its own names. `false` where there is no such blob. */
  relink(repository: RepositoryName, digest: Digest): Promise<boolean>
}
