import type { Content } from "./content.ts"
import { effect, effectsOfManifest, type Effect, type Place } from "./places.ts"
import {
  createUndoable,
  isDropping,
  isUndoing,
  listUndone,
  noteChange,
  type Dropping,
  type Undoable,
  type Undoing,
} from "./undo.ts"

export interface PushedManifest {
  mediaType: string
  /** The exact text that was pushed. */
  text: string
  /** Digests of the blobs that it names in the repository. */
  blobs: string[]
  /** Digests of the manifests that it names as children. */
  children: string[]
  subject?: string
}

/** What one request changes, wholly or not at all. It goes to the ledger as it is. */
export type Change =
  | { kind: "put-blob"; digest: string; content: Content }
  | { kind: "delete-blob"; digest: string }
  | { kind: "put-manifest"; digest: string; manifest: PushedManifest; tags: string[] }
  | { kind: "delete-manifest"; digest: string }
  | { kind: "delete-tag"; tag: string }
  | Dropping
  | Undoing

/** What a repository must hold: exactly this, for one worker alone changes it, one request after the other. */
export interface Repository {
  name: string
  /** Digests of the blobs that are there. */
  blobs: Set<string>
  manifests: Set<string>
  /** Digest by name. */
  tags: Map<string, string>
  /** By digest, all that was ever pushed: also what was deleted since. */
  contents: Map<string, Content>
  pushed: Map<string, PushedManifest>
  /** What was there once, or was refused: it must not be found. */
  absent: Map<string, Place>
  undoable: Undoable
}

export function createRepository(name: string): Repository {
  return {
    name,
    blobs: new Set(),
    manifests: new Set(),
    tags: new Map(),
    contents: new Map(),
    pushed: new Map(),
    absent: new Map(),
    undoable: createUndoable(),
  }
}

/** The places that the change would alter; those that stay as they are are left out. */
export function effectsOf(repository: Repository, change: Change): Effect[] {
  return listEffects(repository, change).filter(({ before, after }) => before !== after)
}

export function applyChange(repository: Repository, change: Change): void {
  const effects = effectsOf(repository, change)
  if (change.kind === "put-blob") repository.contents.set(change.digest, change.content)
  if (change.kind === "put-manifest") repository.pushed.set(change.digest, change.manifest)
  for (const { place, after } of effects) {
    if (after === undefined) forget(repository, place)
    else keep(repository, place, after)
  }
  noteChange(repository, change.kind, effects)
}

/** The place must not be found from now on. */
export function forget(repository: Repository, place: Place): void {
  if (place.kind === "blob") repository.blobs.delete(place.id)
  if (place.kind === "manifest") repository.manifests.delete(place.id)
  if (place.kind === "tag") repository.tags.delete(place.id)
  repository.absent.set(keyOf(place), place)
}

function keep(repository: Repository, place: Place, digest: string): void {
  if (place.kind === "blob") repository.blobs.add(digest)
  if (place.kind === "manifest") repository.manifests.add(digest)
  if (place.kind === "tag") repository.tags.set(place.id, digest)
  repository.absent.delete(keyOf(place))
}

function keyOf({ kind, id }: Place): string {
  return `${kind} ${id}`
}

function listEffects(repository: Repository, change: Change): Effect[] {
  const { blobs, manifests, tags } = repository
  if (change.kind === "delete-tag") return [effect("tag", change.tag, tags.get(change.tag), undefined)]
  if (isDropping(change)) return listAll(repository)
  if (isUndoing(change)) return listUndone(repository, change)
  const { digest } = change
  const hasBlob = blobs.has(digest) ? digest : undefined
  if (change.kind === "put-blob") return [effect("blob", digest, hasBlob, digest)]
  if (change.kind === "delete-blob") return [effect("blob", digest, hasBlob, undefined)]
  const before = manifests.has(digest) ? digest : undefined
  const after = change.kind === "put-manifest" ? digest : undefined
  const { subject } = change.kind === "put-manifest" ? change.manifest : (repository.pushed.get(digest) ?? {})
  // A manifest that is deleted takes all its tags with it.
  const names =
    change.kind === "put-manifest" ? change.tags : [...tags.keys()].filter((tag) => tags.get(tag) === digest)
  return [
    ...effectsOfManifest({ digest, subject }, before, after),
    ...names.map((tag) => effect("tag", tag, tags.get(tag), after)),
  ]
}

function listAll({ blobs, manifests, tags, pushed }: Repository): Effect[] {
  return [
    ...[...blobs].map((digest) => effect("blob", digest, digest, undefined)),
    ...[...manifests].flatMap((digest) =>
      effectsOfManifest({ digest, subject: pushed.get(digest)?.subject }, digest, undefined),
    ),
    ...[...tags].map(([tag, digest]) => effect("tag", tag, digest, undefined)),
  ]
}
