// What commands restore, as the guide to undo has it.
import { ensureRepository, type ModelRepository, type State } from "./state.ts"

/** What a command is told; `undefined` where it is refused. */
export interface Restoration {
  status: number
  restored?: { manifests: number; tags: number; kept: string[]; missing: string[] }
}

/** Points the tag at the manifest, and keeps in mind what it named before. */
export function pointTag({ tags, before }: ModelRepository, tag: string, digest: string): void {
  if (tags.get(tag) === digest) return
  before.set(tag, tags.get(tag))
  tags.set(tag, digest)
}

export function removeTag({ tags, before }: ModelRepository, tag: string): void {
  before.set(tag, tags.get(tag))
  tags.delete(tag)
}

/** To what it named before its last change. */
export function restoreTag(state: State, name: string, tag: string): Restoration {
  const digest = state.repositories.get(name)?.before.get(tag)
  if (digest === undefined) return { status: 404 }
  const repository = ensureRepository(state, name)
  const back = bringBack(repository, digest, new Set())
  if (back === undefined) return { status: 404 }
  pointTag(repository, tag, digest)
  return { status: 200, restored: { manifests: back.manifests, tags: 1, kept: [], missing: listMissing(back) } }
}

/** With the tags that went with it, but for those that were pushed again since. */
export function restoreManifest(state: State, name: string, digest: string): Restoration {
  const repository = state.repositories.get(name)
  const deleted = repository?.deleted.get(digest)
  if (repository === undefined || deleted === undefined)
    return { status: repository?.manifests.has(digest) === true ? 400 : 404 }
  const back = bringBack(repository, digest, new Set())
  const kept = deleted.tags.filter((tag) => repository.tags.has(tag))
  const fresh = deleted.tags.filter((tag) => !repository.tags.has(tag))
  for (const tag of fresh) pointTag(repository, tag, digest)
  const { manifests = 0 } = back ?? {}
  return { status: 200, restored: { manifests, tags: fresh.length, kept: kept.sort(), missing: listMissing(back) } }
}

interface Back {
  manifests: number
  missing: Set<string>
}

function listMissing(back: Back | undefined): string[] {
  return [...(back?.missing ?? [])].sort()
}

/** With all that it names; `undefined`: it was never there. */
function bringBack(repository: ModelRepository, digest: string, seen: Set<string>): Back | undefined {
  const { manifests, deleted, unlinked, blobs } = repository
  const gone = deleted.get(digest)
  const manifest = manifests.get(digest) ?? gone
  if (manifest === undefined) return undefined
  const back: Back = { manifests: 0, missing: new Set() }
  if (seen.has(digest)) return back
  seen.add(digest)
  if (gone !== undefined) {
    const { tags: _, ...whole } = gone
    manifests.set(digest, whole)
    deleted.delete(digest)
    back.manifests++
  }
  const { config, layers, manifests: children } = manifest.document
  for (const named of [...(config === undefined ? [] : [config]), ...(layers ?? [])]) {
    if (unlinked.delete(named.digest)) blobs.add(named.digest)
    if (!blobs.has(named.digest)) back.missing.add(named.digest)
  }
  for (const child of children ?? []) {
    const found = bringBack(repository, child.digest, seen)
    back.manifests += found?.manifests ?? 0
    for (const missing of found?.missing ?? [child.digest]) back.missing.add(missing)
  }
  return back
}
