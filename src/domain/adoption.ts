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
  | "link-lost"
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

/** What each kind of problem means, and what to do. */
export const PROBLEM_ADVICE: Readonly<Record<ProblemKind, string>> = {
  "name-invalid": "the directory's name is not that of a repository: nothing can pull it, rename it or remove it",
  "tag-invalid": "the directory's name is not that of a tag: nothing can pull it, remove it",
  stray: "docker-registry keeps nothing of this name here: it is left alone",
  symlink: "symbolic links are not followed: put what it points to in its place",
  unreadable: "it could not be read: let the user of the server read it, then run berth adopt again",
  "link-empty": "the link file is empty, as a crash leaves it: push the image again",
  "link-damaged": "the link file does not hold a digest: push the image again",
  "link-dangling":
    "the blob is gone and no manifest needs it, as garbage collection leaves it: nothing needs to be done",
  "link-lost":
    "the directory that held the link is gone, and docker-registry does not delete so: berth keeps what it has; restore it, or write it with berth export",
  "tag-unresolved": "the tag names a manifest that the repository does not have: it was not taken over, push it again",
  "tag-conflict": "the tag was changed on both sides: the later change is kept",
  "manifest-missing": "the manifest's bytes are gone: push the image again",
  "manifest-damaged": "the manifest's bytes are not those of its digest: push the image again",
  "manifest-too-large": "the manifest is larger than limits.manifestbytes: raise it, then run berth adopt again",
  "manifest-unknown": "the bytes are not a manifest of a known kind: it was not taken over",
  "manifest-odd": "a push of this manifest would be refused: it is served as it is stored",
  "manifest-schema1": "a schema 1 manifest: it is served as it is stored, without signatures; build the image anew",
  "manifest-incomplete": "the index names a manifest that the repository does not have: push the image again",
  "blob-missing": "a manifest needs this blob and it is gone: push the image again",
  "blob-unlinked": "a manifest needs this blob and the repository has no link to it: push the image again",
  "blob-damaged": "the blob's bytes are not those of its digest: it is not served, push the image again",
  "size-odd": "a manifest names another size than the blob has, whose bytes are right: clients may refuse the image",
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

export interface AdoptionProgress {
  repositories: number
  /** Tags, manifests and links to blobs. */
  links: number
}

export interface AdoptionReport {
  /** Epoch, milliseconds. */
  startedAt: number
  finishedAt: number
  counts: AdoptionCounts
  problems: Partial<Record<ProblemKind, number>>
}
