import type { Digest, DigestAlgorithm } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"

/** An upload session. The bytes on storage are its truth: what is noted here of another offset is void. */
export interface UploadRecord {
  id: string
  repository: RepositoryName
  /** The only actor who may go on with it. */
  owner: string
  /** What open uploads are counted by. */
  quotaKey: string
  algorithm: DigestAlgorithm
  /** How many bytes were received and synced when the row was written. */
  offset: number
  /** The digest of those bytes, or nothing while it is not known. */
  digest?: Digest
}

export interface UploadRecords {
  /** `false`, and nothing stored, when `quotaKey` has `maxOpen` uploads that were active since `activeSince` (epoch ms). */
  create(upload: UploadRecord, limit: { maxOpen: number; activeSince: number }): Promise<boolean>
  find(id: string): Promise<UploadRecord | undefined>
  /** Records progress; an unknown id is passed over. */
  update(id: string, progress: Pick<UploadRecord, "algorithm" | "offset" | "digest">): Promise<void>
  /** `false` when there is none. */
  delete(id: string): Promise<boolean>
  /** Whether there is such an upload, and nobody was active on it since `before` (epoch ms). */
  isAbandoned(id: string, before: number): Promise<boolean>
  /** The oldest uploads that were not active since `before` (epoch ms), at most `limit`. */
  listAbandoned(before: number, limit: number): Promise<UploadRecord[]>
  /** How many there are; counted up to 100,000. */
  count(): Promise<number>
}
