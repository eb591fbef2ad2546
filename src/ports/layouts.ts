import type { Digest } from "../domain/digest.ts"

/** An OCI image layout that is written: a directory, which may have been there, or an archive. */
export interface LayoutWriter {
  /** `index.json` as it is; `undefined` where there is none. */
  readIndex(): Promise<Uint8Array | undefined>
  has(digest: Digest, sizeBytes: number): Promise<boolean>
  /** Stores what the body gives, whole or not at all; a body that throws stores nothing. */
  put(digest: Digest, sizeBytes: number, body: AsyncIterable<Uint8Array>): Promise<void>
  /** Writes what tells of all that: from then on it is a layout, and durable. */
  finish(files: LayoutFiles): Promise<void>
  /** Gives up what was not finished; repeating it is no error. */
  discard(): Promise<void>
}

export interface LayoutFiles {
  index: Uint8Array
  /** What `docker load` of old reads; archives alone have it. */
  docker: Uint8Array
}

/** An OCI image layout that is read. Nothing in it is believed: names that are no part of a layout are passed over. */
export interface LayoutReader {
  /** Throws, for the operator, where it is too large or not there. */
  readIndex(maxBytes: number): Promise<Uint8Array>
  /** Bytes, or `undefined`. */
  findSize(digest: Digest): Promise<number | undefined>
  /** As stored: the digest is for the caller to check. */
  read(digest: Digest): AsyncIterable<Uint8Array>
  close(): Promise<void>
}
