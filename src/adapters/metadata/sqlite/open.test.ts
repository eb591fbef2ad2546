import { Database } from "bun:sqlite"
import { afterAll, describe, expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../../../test/support/scratch.ts"
import { createMetadata } from "../metadata.ts"
import { migrate } from "./migrate.ts"
import { openForWriting } from "./open.ts"

const scratch = createScratch("berth-open")
afterAll(() => scratch[Symbol.dispose]())

const clock = { now: () => 0 }

async function failureToOpen(path: string): Promise<unknown> {
  return createMetadata({ path, clock }).then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe("opening a database", () => {
  test("makes every commit reach the disk", () => {
    const database = openForWriting(join(scratch.path, "durable.db"), 0)
    expect(database.query("PRAGMA journal_mode").values()).toEqual([["wal"]])
    expect(database.query("PRAGMA synchronous").values()).toEqual([[2]])
    database.close(true)
  })

  test("names a file that is no database, and says what to do", async () => {
    const path = join(scratch.path, "text.db")
    writeFileSync(path, "This is not a database. ".repeat(500))
    expect(await failureToOpen(path)).toMatchObject({
      code: "SQLITE_NOTADB",
      message: `the database ${path} is damaged (SQLITE_NOTADB): restore it from a backup, or move it and its -wal file away to start empty`,
    })
  })

  test("names a database whose pages are damaged", async () => {
    const path = join(scratch.path, "damaged.db")
    openForWriting(path, 0).close(true)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 100))
    expect(await failureToOpen(path)).toMatchObject({ code: "SQLITE_CORRUPT", message: expect.stringContaining(path) })
  })

  test("says which directory is missing", async () => {
    const path = join(scratch.path, "nowhere", "metadata.db")
    expect(await failureToOpen(path)).toMatchObject({ message: expect.stringContaining(path) })
  })

  test("refuses a database of a newer version, and leaves it as it is", async () => {
    const path = join(scratch.path, "newer.db")
    const database = openForWriting(path, 0)
    database.run("INSERT INTO schema_version (version, applied_at) VALUES (99, 0)")
    database.close(true)
    expect(await failureToOpen(path)).toMatchObject({
      message: expect.stringMatching(/newer\.db has schema version 99 .* start a newer program/),
    })
  })
})

describe("migrating", () => {
  const first = () => ["CREATE TABLE a (n INTEGER)"]
  const second = () => ["CREATE TABLE b (n INTEGER)", "INSERT INTO a VALUES (1)"]
  const failing = () => ["CREATE TABLE b (n INTEGER)", "INSERT INTO missing VALUES (1)"]

  test("a migration that was cut short is undone, and redone at the next start", () => {
    const database = new Database(":memory:")
    expect(() => migrate(database, 5, [first, failing])).toThrow("missing")
    expect(database.query("SELECT * FROM schema_version").values()).toEqual([[1, 5]])
    expect(() => database.query("SELECT * FROM b").values()).toThrow("no such table")
    migrate(database, 6, [first, second])
    migrate(database, 7, [first, second])
    expect(database.query("SELECT * FROM schema_version").values()).toEqual([
      [1, 5],
      [2, 6],
    ])
    expect(database.query("SELECT n FROM a").values()).toEqual([[1]])
  })
})
