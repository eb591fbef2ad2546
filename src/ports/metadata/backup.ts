import type { BackupManifest, BackupOrigin } from "../../domain/backup.ts"

export interface BackupWork {
  origin: BackupOrigin
  signal: AbortSignal
  /** Bytes written so far, and about how many there will be. */
  progress: (done: number, total: number) => void
}

export interface BackupFile {
  path: string
  sizeBytes: number
}

/** Copies of all metadata, as one moment left it. They stay where they are made until they are fetched or forgotten. */
export interface BackupRecords {
  /** Makes a copy, durable, while reads and writes go on. Rejects with the signal's reason, and nothing is left. `id` has no slash. */
  create(id: string, work: BackupWork): Promise<BackupManifest>
  /** `undefined` when there is none. */
  find(id: string): Promise<BackupFile | undefined>
  /** Repeating it is no error. */
  delete(id: string): Promise<void>
  /** Removes what an earlier process left. */
  deleteLeft(): Promise<void>
}
