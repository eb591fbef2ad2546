import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"

/** A manifest as a client of a registry has it. */
export interface RemoteManifest {
  digest: Digest
  mediaType: string
  bytes: Uint8Array
}

/** What a client of a registry does. Errors are for the operator. */
export interface RegistryClient {
  listRepositories(): AsyncIterable<RepositoryName>
  listTags(repository: RepositoryName): AsyncIterable<string>
  /** Digests of the manifests whose subject this is. */
  listReferrers(repository: RepositoryName, digest: Digest): AsyncIterable<Digest>
  /** `undefined` when there is none. */
  findManifest(repository: RepositoryName, reference: string): Promise<RemoteManifest | undefined>
  /** The digest of what the reference names. */
  findDigest(repository: RepositoryName, reference: string): Promise<Digest | undefined>
  /** Bytes; `undefined` when there is none. */
  findBlobSize(repository: RepositoryName, digest: Digest): Promise<number | undefined>
  readBlob(repository: RepositoryName, digest: Digest): AsyncIterable<Uint8Array>
  /** `false`: another repository had it, which is enough, and the body was not read. */
  putBlob(repository: RepositoryName, digest: Digest, openBody: () => AsyncIterable<Uint8Array>): Promise<boolean>
  putManifest(repository: RepositoryName, reference: string, manifest: RemoteManifest): Promise<void>
}
