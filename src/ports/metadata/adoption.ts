import type { AdoptionReport, Problem } from "../../domain/adoption.ts"
import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind, TagMove } from "../link-tree.ts"
import type { ManifestPut } from "./manifests.ts"

export interface AdoptionRun {
  /** Epoch, milliseconds. */
  startedAt: number
  /** Absent while the run has not ended. */
  report?: AdoptionReport
}

export type AdoptedManifest = Omit<ManifestPut, "repository" | "tags" | "checksReferences" | "actor" | "events"> & {
  changedAt: number
}

export interface AdoptedBlob {
  digest: Digest
  /** What it should have: of a damaged one this is not what is stored, so that it is not served. */
  sizeBytes: number
  isDamaged: boolean
}

export interface AdoptedTag {
  tag: Tag
  digest: Digest
  changedAt: number
  /** What it named before, the oldest first. */
  history: TagMove[]
}

export interface TagMerge {
  changes: number
  /** Tags that are to be taken, once the repository has the manifest that they name. */
  missing: Tag[]
  /** Changed here and in the tree; `isTaken` where the tree's change was the later one. */
  conflicts: { tag: Tag; isTaken: boolean }[]
}

/**
 * Merges distribution's links into the metadata. The base is what a link said when it was last merged: a link that still
 * says so changes nothing, whatever has happened here since; one that says something else is taken where the metadata
 * still is as the base. A link that is as an export was about to write it is the export's, and changes nothing. Everything may be repeated; each call is one transaction, so callers give a few hundred at a time.
 */
export interface AdoptionRecords {
  findRun(): Promise<AdoptionRun | undefined>
  /** Begins a run that looks at everything: the problems of the one before are forgotten. */
  begin(): Promise<void>
  finish(report: AdoptionReport): Promise<void>
  /** All links were looked at: what an export that did not end was about to write there counts no more. */
  forgetExport(): Promise<void>
  /** Keeps the first 10,000. */
  putProblems(problems: Problem[]): Promise<void>
  /** In the order of kind and path; `last` is the two of them with a space between. */
  listProblems(page: PageRequest): Promise<Page<Problem>>
  /** What the base has under each of the names. */
  findBase(repository: RepositoryName, kind: LinkKind, names: string[]): Promise<(Digest | undefined)[]>
  listBase(repository: RepositoryName, kind: LinkKind, page: PageRequest): Promise<Page<string>>
  /** The sizes, other than zero, that manifests of the repository give for a blob; a thousand of them are looked at. */
  listSizes(repository: RepositoryName, blob: Digest): Promise<number[]>
  /** Gives the number of changes, as the others do. `isForced`: also what was deleted here. */
  mergeManifests(repository: RepositoryName, manifests: AdoptedManifest[], isForced: boolean): Promise<number>
  mergeBlobs(repository: RepositoryName, blobs: AdoptedBlob[], isForced: boolean): Promise<number>
  mergeTags(repository: RepositoryName, tags: AdoptedTag[]): Promise<TagMerge>
  /** For names of the base that the tree has no more. Manifests and blobs that something here still needs stay. */
  mergeAbsent(repository: RepositoryName, kind: LinkKind, names: string[]): Promise<number>
}
