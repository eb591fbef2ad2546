import type { Digest, DigestAlgorithm } from "../domain/digest.ts"
import type { Page } from "../domain/page.ts"
import type { ByteRange } from "../domain/range.ts"

export interface BlobKey {
  digest: Digest
  generation: number
}

/** What a listing gives of a stored object. */
export interface StoredBlob extends BlobKey {
  sizeBytes: number
  /** Epoch, milliseconds. */
  modifiedAt: number
}

export interface StoredUpload {
  id: string
  sizeBytes: number
  /** Epoch, milliseconds. */
  modifiedAt: number
}

/** An object that was moved aside. */
export interface AsideObject {
  /** As `quarantine` gave it. */
  name: string
  sizeBytes: number
}

/** Awaited after each piece of a long reading, with its bytes. What it throws ends the reading. */
export type Pace = (readBytes: number) => Promise<void>

/** A part of the listing of all stored objects: at most `limit` of those that come after `after`. */
export interface BlobPageRequest {
  limit: number
  after?: BlobKey
}

/** What http answers with: a file is sent by sendfile, a stream is passed on, a redirect is a signed URL. */
export type OpenedBlob =
  | { kind: "file"; path: string; range: ByteRange; totalBytes: number }
  | { kind: "stream"; body: ReadableStream<Uint8Array>; range: ByteRange; totalBytes: number }
  | { kind: "redirect"; url: string; totalBytes: number }

export interface UploadState {
  /** Bytes on storage. */
  sizeBytes: number
  /** The digest of exactly those bytes, where it is known without reading them back. */
  digest?: Digest
}

export interface AppendOptions {
  /** The digest to keep while the bytes pass; the upload may be completed with another. */
  algorithm: DigestAlgorithm
  signal?: AbortSignal
}

/**
 * Holds blobs by digest and generation, and the bytes of uploads until they become blobs. One upload is appended to or
 * completed by one caller at a time: the service sees to that.
 */
export interface BlobStore {
  /** `undefined` when absent. Rejects only when the storage fails. */
  open(key: BlobKey, range?: ByteRange): Promise<OpenedBlob | undefined>
  /** Bytes of a stored blob, or `undefined` when absent. */
  findSize(key: BlobKey): Promise<number | undefined>
  /** All bytes of a stored blob; `undefined` when it is absent or has more than `maxBytes`. */
  read(key: BlobKey, maxBytes: number): Promise<Uint8Array | undefined>
  /** Reads a stored blob back: whether its bytes have its digest. `undefined` when absent. */
  verify(key: BlobKey, pace?: Pace): Promise<boolean | undefined>
  /**
   * What is on stable storage for the upload; nothing appended yet is a size of zero. What a process that is no more has
   * added to the `notedBytes` is dropped: a power cut may have left anything of it.
   */
  findUpload(uploadId: string, notedBytes: number): Promise<UploadState>
  /**
   * Adds the body to the upload. What it gives is on stable storage. When the body fails midway, what arrived stays and is
   * synced, and the body's error is thrown: ask `findUpload` where to go on.
   */
  append(uploadId: string, body: AsyncIterable<Uint8Array>, options: AppendOptions): Promise<UploadState>
  /** Reads the whole upload back: for an algorithm that was not foreseen, or after a restart. */
  hashUpload(uploadId: string, algorithm: DigestAlgorithm): Promise<Digest>
  /**
   * Turns the upload into a blob, on stable storage with its directory entry, replacing what is stored under the key. The
   * caller has verified the digest.
   */
  complete(uploadId: string, key: BlobKey): Promise<{ sizeBytes: number }>
  /** Drops the upload's bytes; repeating it is no error. */
  abort(uploadId: string): Promise<void>
  /** The uploads of which there are bytes; those of one moment, all at once. */
  listUploads(): Promise<StoredUpload[]>
  /** Stores the blob under another generation as well, on stable storage; `false` when there is no such blob. */
  copy(key: BlobKey, generation: number): Promise<boolean>
  /** Removes a stored blob; repeating it is no error. */
  remove(key: BlobKey): Promise<void>
  /**
   * Everything that is stored, by digest in byte order and then by generation: what is there during the whole iteration is
   * given exactly once. What does not look like a blob is passed over. Rejects when a part could not be listed.
   */
  list(page: BlobPageRequest): Promise<Page<StoredBlob>>
  /**
   * Moves a stored blob aside, where nothing finds it by its key: its bytes are kept for people. Durable when it resolves.
   * Gives the name it has there; `undefined` when there is no such blob.
   */
  quarantine(key: BlobKey): Promise<string | undefined>
  /** What was moved aside and is there still; all at once, for it is little. */
  listQuarantined(): Promise<AsideObject[]>
  close(): Promise<void>
}
