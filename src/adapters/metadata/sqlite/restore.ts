import { constants } from "node:fs"
import { copyFile } from "node:fs/promises"
import { Database, constants as sqlite } from "bun:sqlite"
import type { BackupManifest } from "../../../domain/backup.ts"
import type { StoredBlob } from "../../../ports/blob-store.ts"
import { explainOpening } from "./errors.ts"
import { removeDatabase } from "./placement.ts"

/** Throws, for the operator, for what is no backup. */
export function readBackup(path: string): BackupManifest {
  const database = openBackup(path)
  try {
    const row = database.query<{ manifest: string }, []>("SELECT manifest FROM backup").get()
    const manifest = JSON.parse(row?.manifest ?? "{}") as BackupManifest
    if (manifest.format !== 1) throw new Error("it is of a newer program")
    return manifest
  } catch (error) {
    throw new Error(`${path} is no backup that this program reads: ${describe(error)}`, { cause: error })
  } finally {
    database.close(true)
  }
}

function openBackup(path: string): Database {
  try {
    return new Database(path, sqlite.SQLITE_OPEN_READONLY)
  } catch (error) {
    throw explainOpening(error, path)
  }
}

/** Makes of a backup a database that can be opened, at a path of its own. Throws, for the operator, where it is damaged. */
export async function prepareDatabase(backup: string, path: string, at: number): Promise<void> {
  await removeDatabase(path)
  await copyFile(backup, path, constants.COPYFILE_FICLONE)
  const database = new Database(path, { readwrite: true })
  try {
    const damage = Object.values(database.query<Record<string, string>, []>("PRAGMA quick_check(1)").get() ?? {})[0]
    if (damage !== "ok") throw new Error(`${backup} is damaged: ${damage}`)
    database.transaction(() => {
      database.run("DROP TABLE backup")
      // Their bytes are not in a backup; clients begin them anew.
      database.run("DELETE FROM upload")
      // A client may have been told of any of them just before: nobody is to lose what a backup's age would say is old.
      database.run("UPDATE blob SET touched_at = ?", [at])
      database.run("UPDATE link SET touched_at = ?", [at])
    })()
  } catch (error) {
    database.close(true)
    await removeDatabase(path)
    throw error
  }
  database.close(true)
}

/**
 * Compares the rows of blobs with what is stored. A blob that was collected and pushed again since the backup stands under a
 * later key: its row follows it there. Gives how many did. Copies that were being collected, and are gone, are forgotten.
 */
export async function matchBlobs(path: string, stored: AsyncIterable<StoredBlob[]>): Promise<number> {
  const database = new Database(path, { readwrite: true })
  try {
    database.run(
      "CREATE TEMP TABLE stored (digest TEXT NOT NULL, generation INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (digest, generation)) WITHOUT ROWID",
    )
    const insert = database.prepare("INSERT INTO stored (digest, generation, size) VALUES (?, ?, ?)")
    for await (const page of stored) {
      database.transaction(() => {
        for (const { digest, generation, sizeBytes } of page) insert.run(digest, generation, sizeBytes)
      })()
    }
    insert.finalize()
    return match(database)
  } finally {
    database.close(true)
  }
}

const LOST =
  "NOT EXISTS (SELECT 1 FROM stored WHERE stored.digest = blob.digest AND stored.generation = blob.generation)"
const OTHER = "SELECT max(generation) FROM stored WHERE stored.digest = blob.digest AND stored.size = blob.size"

function match(database: Database): number {
  return database.transaction(() => {
    const rows = database
      .query<{ digest: string; generation: number; target: number }, []>(
        `SELECT digest, generation, (${OTHER}) AS target FROM blob WHERE state = 'live' AND ${LOST} AND (${OTHER}) IS NOT NULL`,
      )
      .all()
    for (const { digest, generation, target } of rows) {
      // A dead copy's row would have the new one removed.
      database.run("DELETE FROM blob WHERE digest = ? AND generation = ?", [digest, target])
      database.run("UPDATE blob SET generation = ? WHERE digest = ? AND generation = ?", [target, digest, generation])
    }
    database.run(`DELETE FROM blob WHERE state != 'live' AND ${LOST}`)
    return rows.length
  })()
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
