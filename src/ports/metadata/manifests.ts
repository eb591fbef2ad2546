import type { Digest } from "../../domain/digest.ts"
import type { ManifestReference } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { Deletion, EventAppend, EventDraft } from "./events.ts"
import type { BlobTally, TallyStep } from "./repositories.ts"

export interface ManifestRecord {
  digest: Digest
  mediaType: string
  sizeBytes: number
}

export interface ManifestPut extends ManifestRecord {
  repository: RepositoryName
  bytes: Uint8Array
  references: ManifestReference[]
  subject?: Digest
  artifactType?: string
  annotations?: Record<string, string>
  tags: Tag[]
  /** Whether every required reference must exist in the repository. */
  checksReferences: boolean
  actor: string
  /** Stored with the manifest, unless references are missing. */
  events?: EventAppend
}

export interface ManifestDeletion extends Deletion {
  /** For each tag that goes with the manifest, stored after `events`; the tag and an identifier of its own are filled in. */
  tagEvent?: EventDraft
  /** Nothing brings it back afterwards; also one that is deleted already. */
  isPurge?: boolean
}

export interface ManifestKey {
  repository: RepositoryName
  digest: Digest
}

export interface ManifestRecords {
  find(repository: RepositoryName, digest: Digest): Promise<ManifestRecord | undefined>
  /** The bytes as pushed; the same for every repository that has the digest. */
  findBytes(digest: Digest): Promise<Uint8Array | undefined>
  /**
   * One transaction: manifest, references, tags, tag history; the repository comes into being with it. Where required
   * references are missing at that instant nothing is stored, and they are given.
   */
  put(manifest: ManifestPut): Promise<{ missing: ManifestReference[] }>
  /** Removes the manifest and every tag that points to it, in one transaction. `false` when there is none. */
  delete(repository: RepositoryName, digest: Digest, deletion: ManifestDeletion): Promise<boolean>
  /** Blobs that this manifest refers to, and no other of any repository; steps over those that it refers to as `kind`. */
  tallyOwnBlobs(manifest: ManifestKey, kind: "config" | "layer", step: TallyStep): Promise<BlobTally>
  /** How many manifests it names, such as those of its platforms. */
  countChildren(manifest: ManifestKey): Promise<number>
  /** Manifests of the repository that name it as one of theirs, in byte order: indexes, of which it is a platform. */
  listIndexes(manifest: ManifestKey, limit: number): Promise<Digest[]>
  /** Puts on record that a client is told of it now. `false`: the repository has no such manifest. */
  touch(repository: RepositoryName, digest: Digest): Promise<boolean>
  /** Notes when manifests were last pulled. Unknown ones are passed over. */
  markPulled(pulled: { repository: RepositoryName; digest: Digest }[]): Promise<void>
}
