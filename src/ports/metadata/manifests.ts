import type { Digest } from "../../domain/digest.ts"
import type { ManifestReference } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"

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
  /** Removes the manifest and every tag that points to it. `false` when there is none. */
  delete(repository: RepositoryName, digest: Digest, actor: string): Promise<boolean>
  /** Notes when manifests were last pulled. Unknown ones are passed over. */
  markPulled(pulled: { repository: RepositoryName; digest: Digest }[]): Promise<void>
}
