/** What can be wrong with a directory that is taken over. Nothing of it stops the rest. */
export type ProblemKind =
  | "name-invalid"
  | "tag-invalid"
  | "stray"
  | "symlink"
  | "unreadable"
  | "link-empty"
  | "link-damaged"
  | "link-dangling"
  | "tag-unresolved"
  | "tag-conflict"
  | "manifest-missing"
  | "manifest-damaged"
  | "manifest-too-large"
  | "manifest-unknown"
  | "manifest-odd"
  | "manifest-schema1"
  | "manifest-incomplete"
  | "blob-missing"
  | "blob-unlinked"
  | "blob-damaged"
  | "size-odd"

export interface Problem {
  kind: ProblemKind
  /** Below the data directory. */
  path: string
  /** What more there is to say, such as the system's error or a digest. */
  detail?: string
}

/** What a run found in the directory. */
export interface AdoptionCounts {
  repositories: number
  tags: number
  manifests: number
  /** Links of repositories to blobs: configurations and layers. */
  blobs: number
  /** Unfinished uploads: they are left alone, clients begin anew. */
  uploads: number
  /** What was taken from the directory: new, moved and deleted tags, manifests and links. */
  changes: number
}

export interface AdoptionReport {
  /** Epoch, milliseconds. */
  startedAt: number
  finishedAt: number
  counts: AdoptionCounts
  problems: Partial<Record<ProblemKind, number>>
}
