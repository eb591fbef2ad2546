/** What a backup says of itself: kept within it. */
export interface BackupManifest {
  /** Of this description. */
  format: 1
  /** Of the program that made it. */
  version: string
  /** ISO 8601, UTC: everything that was acknowledged before is in the backup. */
  createdAt: string
  /** The data directory. */
  root: string
  /** Of the database. */
  schemaVersion: number
  counts: BackupCounts
  /** No storage key above it was used when the backup was made. */
  highestGeneration: number
}

export interface BackupCounts {
  repositories: number
  tags: number
  manifests: number
  blobs: number
  blobBytes: number
}

/** What whoever asks for a backup knows of it. */
export type BackupOrigin = Pick<BackupManifest, "version" | "root">
