/** What can be wrong between the database and the storage. */
export type FindingKind =
  | "database"
  | "manifest-count"
  | "manifest-body"
  | "body-unused"
  | "tag-dangling"
  | "reference-stray"
  | "history-odd"
  | "reference-missing"
  | "link-missing"
  | "link-dangling"
  | "child-missing"
  | "blob-missing"
  | "deleted-missing"
  | "garbage-missing"
  | "blob-size"
  | "blob-damaged"
  | "copy-damaged"
  | "damage-open"
  | "quarantined"
  | "deleted-on-request"
  | "index-partial"
  | "object-orphan"
  | "upload-lost"
  | "upload-stray"

export interface Finding {
  kind: FindingKind
  /** What it is about: a repository, a tag, a digest, an upload. */
  subject: string
  detail?: string
  /** Absent where nothing can be done without a loss. `aside`: damaged bytes are no longer served, and lost still. */
  repair?: "possible" | "done" | "aside" | "failed"
}

interface Meaning {
  /** Something is lost or wrong. Otherwise it is as somebody wanted it, or the collector's business. */
  isFault: boolean
  /** What it means, and what to do. */
  advice: string
}

export const FINDINGS: Readonly<Record<FindingKind, Meaning>> = {
  database: {
    isFault: true,
    advice: "SQLite finds the database file damaged: stop the server and restore a backup (berth restore)",
  },
  "manifest-count": { isFault: true, advice: "the repository's count of manifests is wrong: --repair counts anew" },
  "manifest-body": { isFault: true, advice: "the manifest's bytes are gone: push the image again" },
  "body-unused": { isFault: true, advice: "no manifest has these bytes: nothing is lost, please report it" },
  "tag-dangling": {
    isFault: true,
    advice: "the tag names a manifest that the repository does not have: push it again, or delete the tag",
  },
  "reference-stray": { isFault: true, advice: "a reference of no manifest: nothing is lost, please report it" },
  "history-odd": {
    isFault: true,
    advice: "the tag's history does not end with what the tag is: the tag is right, please report it",
  },
  "reference-missing": {
    isFault: true,
    advice: "the manifest needs this blob, and nothing of it is stored: push the image again",
  },
  "link-missing": {
    isFault: true,
    advice: "the manifest's repository may not read a blob that is stored: --repair lets it",
  },
  "link-dangling": { isFault: true, advice: "the repository has a blob of which nothing is stored: push it again" },
  "child-missing": {
    isFault: true,
    advice: "the index names a manifest that the repository does not have: push the image again",
  },
  "blob-missing": { isFault: true, advice: "the blob's file is gone: restore it, or push the image again" },
  "deleted-missing": {
    isFault: false,
    advice: "the file of a blob that deleted images alone name is gone: they cannot be restored as a whole",
  },
  "garbage-missing": {
    isFault: false,
    advice: "the file of a blob that no manifest of its repositories names is gone: nothing needs it",
  },
  "blob-size": {
    isFault: true,
    advice:
      "the file has another size than was pushed: --repair reads it, and corrects the size or moves the file aside",
  },
  "blob-damaged": {
    isFault: true,
    advice: "the bytes are not those of the digest: --repair --deep moves them aside, and then push the image again",
  },
  "copy-damaged": {
    isFault: false,
    advice: "a copy of a blob that is damaged or gone, and another copy is served: nothing is to be done",
  },
  "damage-open": {
    isFault: true,
    advice: "found damaged before and not repaired: push the image again (berth scrub status)",
  },
  quarantined: {
    isFault: false,
    advice: "damaged and moved aside, in berth/quarantine: remove the file when nobody wants to look at it any more",
  },
  "deleted-on-request": {
    isFault: false,
    advice: "a manifest names what somebody deleted: that is what was asked for",
  },
  "index-partial": {
    isFault: false,
    advice: "the index was pushed, or taken over, without all of its platforms: nothing needs to be done",
  },
  "object-orphan": {
    isFault: false,
    advice: "a stored object that nothing names: the collector removes it after its grace period",
  },
  "upload-lost": {
    isFault: false,
    advice: "an open upload whose bytes are gone: its client begins anew; --repair forgets it",
  },
  "upload-stray": {
    isFault: false,
    advice: "bytes of an upload that nobody can go on with: --repair removes them",
  },
}

export interface FsckReport {
  /** Epoch, milliseconds. */
  startedAt: number
  finishedAt: number
  isDeep: boolean
  /** Blobs, stored objects beside them and uploads that were looked at. */
  objects: number
  /** Stored objects without a row that a push may be about to write: nothing is said of them. */
  young: number
  counts: Partial<Record<FindingKind, number>>
  /** Of each kind the first hundred. */
  findings: Finding[]
  /** Of how many findings each is so. */
  repairs: Record<NonNullable<Finding["repair"]>, number>
  /** Faults that are left. */
  faults: number
}
