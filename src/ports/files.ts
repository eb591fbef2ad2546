/**
 * All file calls of the adapters, in worker threads too. Behind it stand the real file system, and in tests a simulated
 * one, a fault injector or a kill counter. Errors carry the system's `code` (ENOENT, ENOSPC, EIO …).
 */
export interface Files {
  /** `append`: made when absent, written at the end. `read`: must exist. */
  open(path: string, mode: "append" | "read"): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  /** A missing file is no error. */
  unlink(path: string): Promise<void>
  /** Removes a directory with all that it holds, following no link. A missing one is no error. */
  removeTree(path: string): Promise<void>
  /** Removes a directory that holds nothing; one that holds something, or is not there, is no error. */
  removeDirectory(path: string): Promise<void>
  /** Makes one directory. `false` when it was there. */
  mkdir(path: string): Promise<boolean>
  /** Makes the directory's entries durable. */
  syncDirectory(path: string): Promise<void>
  /** Bytes, or `undefined` when there is no such file. */
  findSize(path: string): Promise<number | undefined>
  /** What a directory holds, in no order; `undefined` when it is not there. */
  list(path: string): Promise<DirectoryEntry[] | undefined>
  /** A file of at most `maxBytes`, of a larger one its size alone; `undefined` when it is not there. */
  findContent(path: string, maxBytes: number): Promise<FileContent | undefined>
}

export interface DirectoryEntry {
  name: string
  /** `other` is whatever is neither, symbolic links among them: they are not followed. */
  kind: "file" | "directory" | "other"
}

export interface FileContent {
  sizeBytes: number
  /** Epoch, milliseconds. */
  modifiedAt: number
  /** Absent where the file is larger than was asked for. */
  bytes?: Uint8Array
}

export interface OpenFile {
  /** Writes all of the chunks at the end, in order. */
  write(chunks: Uint8Array[]): Promise<void>
  /** Fills `into` from `position` as far as the file goes; gives the number of bytes read. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Makes the bytes durable. After an error the file is to be abandoned, never synced again. */
  sync(): Promise<void>
  size(): Promise<number>
  /** Cuts off what is beyond. */
  truncate(sizeBytes: number): Promise<void>
  close(): Promise<void>
}
