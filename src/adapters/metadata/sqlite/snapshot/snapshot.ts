import { closeSync, fsyncSync, openSync } from "node:fs"
import { Database } from "bun:sqlite"
import type { BackupManifest, BackupOrigin } from "../../../../domain/backup.ts"

export interface SnapshotOrder {
  /** A path that is not there yet. */
  target: string
  origin: BackupOrigin
  /** Epoch, milliseconds. */
  at: number
}

/**
 * Writes what is committed to a new file, which then says itself what it is, and makes it durable. Holds the calling
 * thread for as long as that takes, and nobody else: it reads one state while others write the next.
 */
export function writeSnapshot(database: Database, { target, origin, at }: SnapshotOrder): BackupManifest {
  database.run("VACUUM INTO ?", [target])
  const copy = new Database(target, { readwrite: true })
  try {
    // Nobody else knows of the file, and it is synced as a whole below: a journal would be left beside it by a crash.
    copy.run("PRAGMA journal_mode = MEMORY")
    copy.run("PRAGMA synchronous = OFF")
    const manifest = describe(copy, origin, at)
    copy.run("CREATE TABLE backup (manifest TEXT NOT NULL)")
    copy.run("INSERT INTO backup (manifest) VALUES (?)", [JSON.stringify(manifest)])
    return manifest
  } finally {
    copy.close(true)
    sync(target)
  }
}

function describe(copy: Database, { version, root }: BackupOrigin, at: number): BackupManifest {
  const count = (sql: string): number =>
    Object.values(copy.query<Record<string, number | null>, []>(sql).get() ?? {})[0] ?? 0
  return {
    format: 1,
    version,
    createdAt: new Date(at).toISOString(),
    root,
    schemaVersion: count("SELECT max(version) FROM schema_version"),
    counts: {
      repositories: count("SELECT count(*) FROM repository WHERE manifest_count > 0"),
      tags: count("SELECT count(*) FROM tag"),
      manifests: count("SELECT count(*) FROM manifest WHERE deleted_at IS NULL"),
      blobs: count("SELECT count(*) FROM blob WHERE state = 'live'"),
      blobBytes: count("SELECT sum(size) FROM blob WHERE state = 'live'"),
    },
    highestGeneration: count("SELECT max(generation) FROM blob"),
  }
}

function sync(path: string): void {
  const fd = openSync(path, "r+")
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
