import type { Algorithm } from "./pool.ts"

export interface ModelDescriptor {
  mediaType: string
  digest: string
  platform?: { os?: string; architecture?: string }
}

/** A manifest as its document has it. */
export interface Document {
  artifactType?: string
  config?: ModelDescriptor
  layers?: ModelDescriptor[] | null
  manifests?: ModelDescriptor[] | null
  subject?: ModelDescriptor
  annotations?: Record<string, string> | null
}

export interface ModelManifest {
  mediaType: string
  bytes: Uint8Array
  document: Document
}

export interface ModelRepository {
  blobs: Set<string>
  manifests: Map<string, ModelManifest>
  tags: Map<string, string>
  /** What can be restored: manifests with the tags that went with them, and blobs. */
  deleted: Map<string, ModelManifest & { tags: string[] }>
  unlinked: Set<string>
  /** What each tag named before its last change. */
  before: Map<string, string | undefined>
}

export interface ModelUpload {
  id: string
  repository: string
  owner: string
  bytes: Uint8Array
  /** As far as a request was acknowledged: what came beyond it, of a body that was cut off, a restart forgets. */
  notedBytes: number
}

/** All that a registry must remember. */
export interface State {
  /** Those that ever held something. */
  repositories: Map<string, ModelRepository>
  /** Bytes by digest, of every blob that was ever taken. */
  contents: Map<string, Uint8Array>
  uploads: Map<string, ModelUpload>
  /** Of uploads, ended ones as well. */
  lastUpload: number
  /** Manifests that were accepted once, to be pushed again. */
  pushed: (ModelManifest & { repository: string })[]
}

export function createState(): State {
  return { repositories: new Map(), contents: new Map(), uploads: new Map(), lastUpload: 0, pushed: [] }
}

export function ensureRepository(state: State, name: string): ModelRepository {
  const known = state.repositories.get(name)
  if (known !== undefined) return known
  const fresh: ModelRepository = {
    blobs: new Set(),
    manifests: new Map(),
    tags: new Map(),
    deleted: new Map(),
    unlinked: new Set(),
    before: new Map(),
  }
  state.repositories.set(name, fresh)
  return fresh
}

/** In the order of bytes. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}

export function algorithmOf(digest: string): Algorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256"
}
