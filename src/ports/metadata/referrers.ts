import type { Digest } from "../../domain/digest.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

export interface ReferrerRecord {
  digest: Digest
  mediaType: string
  sizeBytes: number
  artifactType?: string
  annotations?: Record<string, string>
}

export interface ReferrerQuery extends PageRequest {
  /** Bytes of annotations and artifact types at which a page ends; the first entry is given in any case. Absent: no end. */
  maxBytes?: number
  artifactType?: string
}

export interface ReferrerRecords {
  /** The manifests of the repository whose subject is the digest, by digest in byte order; `last` is a digest. */
  list(repository: RepositoryName, subject: Digest, query: ReferrerQuery): Promise<Page<ReferrerRecord>>
}
