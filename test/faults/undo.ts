// What of a repository can be restored, and what comes back with it.
import { effect, effectsOfManifest, type Effect } from "./places.ts"
import type { Repository } from "./repository.ts"

/** What commands ask for that undo a deletion, or make one that can be undone. */
export type Undoing =
  | { kind: "restore-tag"; tag: string; digest: string }
  | { kind: "restore-manifest"; digest: string }
  | { kind: "restore-repository" }

/** All of a repository at once; after a purge nothing of it can be restored, nor what was deleted before. */
export type Dropping = { kind: "delete-repository" } | { kind: "purge-repository" }

export function isDropping(change: { kind: string }): change is Dropping {
  return change.kind === "delete-repository" || change.kind === "purge-repository"
}

export function isUndoing(change: { kind: string }): change is Undoing {
  return change.kind.startsWith("restore-")
}

/** Since the last collection. */
export interface Undoable {
  /** So many there were. */
  deletions: number
  /** By digest, which deletion took it. */
  manifests: Map<string, number>
  blobs: Map<string, number>
  /** What tags named that went with a manifest or the repository. */
  taken: { tag: string; digest: string; deletion: number }[]
  /** The last deletion of the repository. */
  dropped: number | undefined
}

export function createUndoable(): Undoable {
  return { deletions: 0, manifests: new Map(), blobs: new Map(), taken: [], dropped: undefined }
}

/** A collection has begun: of what was deleted before nobody knows. Or a purge was made. */
export function forgetDeleted(undoable: Undoable): void {
  undoable.manifests.clear()
  undoable.blobs.clear()
  undoable.taken.length = 0
  undoable.dropped = undefined
}

/** Keeps in mind what a change that was made takes and brings. */
export function noteChange({ undoable }: Repository, kind: string, effects: readonly Effect[]): void {
  const deletion = kind.startsWith("delete-") ? ++undoable.deletions : undoable.deletions
  for (const { place, before, after } of effects) {
    const list = place.kind === "manifest" ? undoable.manifests : place.kind === "blob" ? undoable.blobs : undefined
    if (after !== undefined) list?.delete(place.id)
    else list?.set(place.id, deletion)
    // A tag that was deleted by itself comes back with nothing else.
    const isTaken = place.kind === "tag" && after === undefined && kind !== "delete-tag"
    if (isTaken && before !== undefined) undoable.taken.push({ tag: place.id, digest: before, deletion })
  }
  if (kind === "delete-repository") undoable.dropped = deletion
  if (kind === "purge-repository") forgetDeleted(undoable)
}

/** Whether nothing that the manifest names can be gone for good. */
export function isRestorable(repository: Repository, digest: string): boolean {
  if (!repository.manifests.has(digest) && !repository.undoable.manifests.has(digest)) return false
  return (repository.pushed.get(digest)?.children ?? []).every((child) => isRestorable(repository, child))
}

export function listUndone(repository: Repository, change: Undoing): Effect[] {
  if (change.kind === "restore-repository") return listUndoneOfRepository(repository)
  const effects = listBack(repository, change.digest, new Set())
  if (change.kind === "restore-tag") {
    const { tag, digest } = change
    return [...effects, effect("tag", tag, repository.tags.get(tag), digest)]
  }
  const deletion = repository.undoable.manifests.get(change.digest)
  return [...effects, ...listTagsBack(repository, deletion, (digest) => digest === change.digest)]
}

function listUndoneOfRepository(repository: Repository): Effect[] {
  const { undoable, manifests, pushed } = repository
  const { dropped } = undoable
  const ofDeletion = (list: Map<string, number>) => [...list.keys()].filter((digest) => list.get(digest) === dropped)
  const back = ofDeletion(undoable.manifests)
  return [
    ...back.flatMap((digest) => effectsOfManifest({ digest, subject: pushed.get(digest)?.subject }, undefined, digest)),
    ...ofDeletion(undoable.blobs).map((digest) => effect("blob", digest, undefined, digest)),
    ...listTagsBack(repository, dropped, (digest) => manifests.has(digest) || back.includes(digest)),
  ]
}

/** The manifest with all that it names, also where only that was deleted. */
function listBack(repository: Repository, digest: string, seen: Set<string>): Effect[] {
  const { manifests, undoable, pushed, blobs } = repository
  const isDeleted = undoable.manifests.has(digest)
  if (seen.has(digest) || !(isDeleted || manifests.has(digest))) return []
  seen.add(digest)
  const { subject, blobs: named = [], children = [] } = pushed.get(digest) ?? {}
  return [
    ...(isDeleted ? effectsOfManifest({ digest, subject }, undefined, digest) : []),
    // What a manifest names keeps its row for as long as the manifest has one.
    ...named.filter((blob) => !blobs.has(blob)).map((blob) => effect("blob", blob, undefined, blob)),
    ...children.flatMap((child) => listBack(repository, child, seen)),
  ]
}

/** Tags that were pushed again since stay as they are. */
function listTagsBack(
  { undoable, tags }: Repository,
  deletion: number | undefined,
  isBack: (digest: string) => boolean,
): Effect[] {
  return undoable.taken
    .filter((taken) => taken.deletion === deletion && isBack(taken.digest) && !tags.has(taken.tag))
    .map(({ tag, digest }) => effect("tag", tag, undefined, digest))
}
