import { Database, type SQLQueryBindings } from "bun:sqlite"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Blob, MANIFEST_TYPE, createBlob } from "../clients/image.ts"
import { type Garbage, type Shape, countImages, getImage, listGarbage } from "./images.ts"

// Long before every grace period, and after every run of this.
const LONG_AGO = Date.UTC(2020, 0)
const LATER = Date.UTC(2100, 0)

type Row = Record<string, SQLQueryBindings>

/**
 * Writes the rows and the files that as many pushes would have left. The garbage is not due before `makeDue` says so. The
 * directory was served once, so that the database has its tables.
 */
export function writeBerthStore(root: string, shape: Shape): void {
  const database = new Database(databasePath(root))
  database.run("PRAGMA synchronous = OFF")
  database.run("PRAGMA cache_size = -1000000")
  const put = createInserts(database)
  database.run("BEGIN")
  const repositories = new Map<string, number>()
  const putBlob = ({ digest, bytes }: Blob, repository: string, at: number) => {
    const size = bytes.length
    put("blob", { digest, generation: 0, size, state: "live", touched_at: at, created_at: at })
    put("link", { repository, digest, touched_at: at })
    writeBlob(root, digest, bytes)
  }
  for (let index = 0; index < countImages(shape); index++) {
    const { repository, tag, config, layers, manifest } = getImage(index)
    const { digest } = createBlob(manifest)
    const common = { repository, digest, media_type: MANIFEST_TYPE, size: manifest.length, created_by: "anonymous" }
    put("manifest", { ...common, created_at: LONG_AGO })
    put("manifest_body", { digest, bytes: manifest })
    put("tag", { ...common, name: tag, updated_at: LONG_AGO })
    for (const [at, blob] of [config, ...layers].entries()) {
      const kind = at === 0 ? "config" : "layer"
      put("reference", { repository, manifest: digest, kind, digest: blob.digest, size: blob.bytes.length })
      putBlob(blob, repository, LONG_AGO)
    }
    repositories.set(repository, (repositories.get(repository) ?? 0) + 1)
  }
  for (const { blob, repository } of listGarbage(shape)) {
    putBlob(blob, repository, LATER)
    put("review", { kind: "link", repository, digest: blob.digest, since: LATER })
  }
  for (const [name, count] of repositories) put("repository", { name, created_at: LONG_AGO, manifest_count: count })
  database.run("COMMIT")
  database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  database.close()
}

/** Of the garbage this part has been it for years now. Nobody serves the directory. */
export function makeDue(root: string, garbage: Iterable<Garbage>): void {
  const database = new Database(databasePath(root))
  const blob = database.prepare("UPDATE blob SET touched_at = ? WHERE digest = ?")
  const link = database.prepare("UPDATE link SET touched_at = ? WHERE repository = ? AND digest = ?")
  // By the whole of its key: without the kind every row would be looked at.
  const review = database.prepare("UPDATE review SET since = ? WHERE kind = 'link' AND repository = ? AND digest = ?")
  database.run("BEGIN")
  for (const { blob: found, repository } of garbage) {
    blob.run(LONG_AGO, found.digest)
    link.run(LONG_AGO, repository, found.digest)
    review.run(LONG_AGO, repository, found.digest)
  }
  database.run("COMMIT")
  database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  database.close()
}

/** Gives what counts the blobs that have been collected since, at little cost; the server may be running. */
export function createCollectedCounter(root: string): () => number {
  let [last, count] = [0, 0]
  const read = () => {
    const database = new Database(databasePath(root), { readonly: true })
    try {
      const text = "SELECT count(*) AS count, max(id) AS last FROM removal WHERE kind = 'blob' AND id > ?"
      const row = database.query(text).get(last) as { count: number; last: number | null }
      count += row.count
      last = row.last ?? last
    } finally {
      database.close()
    }
    return count
  }
  const before = read()
  return () => read() - before
}

export function blobPath(root: string, digest: string): string {
  return join(root, "docker", "registry", "v2", "blobs", "sha256", digest.slice(7, 9), digest.slice(7), "data")
}

function databasePath(root: string): string {
  return join(root, "berth", "metadata.db")
}

function writeBlob(root: string, digest: string, bytes: Uint8Array): void {
  const path = blobPath(root, digest)
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, bytes)
}

function createInserts(database: Database): (table: string, row: Row) => void {
  const statements = new Map<string, ReturnType<typeof database.prepare>>()
  return (table, row) => {
    const columns = Object.keys(row)
    const marks = columns.map(() => "?").join(", ")
    const text = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`
    const statement = statements.get(table) ?? database.prepare(text)
    statements.set(table, statement)
    statement.run(...Object.values(row))
  }
}
