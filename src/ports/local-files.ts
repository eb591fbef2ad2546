import type { LayoutReader, LayoutWriter } from "./layouts.ts"

/** What is at a path. */
export type PathKind = "file" | "directory" | "other" | "absent"

/** The files that whoever runs a command names: they are that person's, not the server's. */
export interface LocalFiles {
  find(path: string): Promise<PathKind>
  /** Whether both paths lead to one thing that is there. */
  isSame(one: string, other: string): Promise<boolean>
  /**
   * Opens a file that is written beside its place and stands in it when it is whole and durable; `-` is standard output.
   * Throws, for the operator, where something is there and `replaces` is not said.
   */
  create(path: string, options: { replaces: boolean }): Promise<OutputFile>
  /** A directory, or for a name that ends with .tar and for `-` an archive. Throws, for the operator, as `create`. */
  createLayout(path: string, options: { replaces: boolean }): Promise<LayoutWriter>
  /** A directory, or an archive, which may be compressed; `-` is standard input. Throws, for the operator, for what is neither. */
  openLayout(path: string): Promise<LayoutReader>
  /** Copies, or links where that can be done, the stored blobs of a data directory that the other directory lacks. */
  copyBlobs(copy: BlobCopy): Promise<BlobCopyReport>
}

export interface OutputFile {
  /** Resolves when more can be taken. */
  write(bytes: Uint8Array): Promise<void>
  finish(): Promise<void>
  /** Leaves nothing, where `finish` was not reached; repeating it is no error. */
  discard(): Promise<void>
}

export interface BlobCopy {
  /** Data directories: blobs stand in both as distribution has them. */
  from: string
  to: string
  signal: AbortSignal
  /** Blobs that were looked at. */
  progress: (done: number) => void
}

export interface BlobCopyReport {
  blobs: number
  bytes: number
  /** Of these, what was not there. */
  copied: number
  /** Of these, what shares its bytes with the original: both are on one file system. */
  linked: number
}
