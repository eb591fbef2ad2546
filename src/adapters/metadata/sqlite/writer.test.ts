import { Database } from "bun:sqlite"
import { afterAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { newRepository, newUpload } from "../../../ports/metadata/fixture.contract.ts"
import { createScratch } from "../../../../test/support/scratch.ts"
import { compileForSqlite } from "./compile.ts"
import type { Request } from "./messages.ts"
import { openForWriting } from "./open.ts"
import { createWriter } from "./writer.ts"

const scratch = createScratch("berth-writer")
afterAll(() => scratch[Symbol.dispose]())

const compiled = compileForSqlite()

function create(id: string, ownerLength = 5): Request {
  const upload = newUpload(newRepository(), { id, owner: "o".repeat(ownerLength) })
  return { operation: "uploads.create", input: { upload, maxOpen: 9, activeSince: 0 }, at: 1 }
}

function idsIn(path: string): unknown[] {
  const observer = new Database(path, { readonly: true })
  const ids = observer.query("SELECT id FROM upload ORDER BY id").values().flat()
  observer.close(true)
  return ids
}

describe("writer", () => {
  test("undoes an operation that fails, and commits those beside it", async () => {
    const path = join(scratch.path, "one-fails.db")
    const writer = createWriter(() => openForWriting(path, 0), compiled)
    const replies = await writer.run([create("a"), create("a"), { operation: "unknown", input: 0, at: 0 }, create("b")])
    expect(replies).toMatchObject([
      { isDone: true, result: true },
      { isDone: false, error: { code: "SQLITE_CONSTRAINT_PRIMARYKEY" } },
      { isDone: false, error: { message: "no operation is called unknown" } },
      { isDone: true, result: true },
    ])
    expect(idsIn(path)).toEqual(["a", "b"])
    writer.close()
  })

  test("says that the disk is full, keeps what was stored before, and goes on when there is room", async () => {
    const path = join(scratch.path, "full.db")
    let database: Database | undefined
    const writer = createWriter(() => (database = openForWriting(path, 0)), compiled)
    await writer.run([create("before")])
    database?.run("PRAGMA max_page_count = 40")
    const replies = await writer.run([create("large", 1_000_000)])
    expect(replies).toMatchObject([{ isDone: false, error: { code: "SQLITE_FULL" } }])
    expect(idsIn(path)).toEqual(["before"])
    database?.run("PRAGMA max_page_count = 100000")
    expect(await writer.run([create("large", 1_000_000)])).toEqual([{ isDone: true, result: true }])
    expect(idsIn(path)).toEqual(["before", "large"])
    writer.close()
  })

  test("gives no length of the log where it cannot be read, gives that connection up, and goes on with another", async () => {
    const path = join(scratch.path, "uncounted.db")
    const opened: Database[] = []
    const open = () => {
      const database = openForWriting(path, 0)
      opened.push(database)
      return database
    }
    const writer = createWriter(open, compiled)
    await writer.run([create("a")])
    expect(writer.countLogPages()).toBeGreaterThan(0)
    // As on a disk that fails after the commit.
    const fail = () => {
      throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_SHMMAP" })
    }
    Object.assign(opened[0] ?? {}, { query: fail })
    expect(writer.countLogPages()).toBe(0)
    Reflect.deleteProperty(opened[0] ?? {}, "query")
    expect(await writer.run([create("b")])).toEqual([{ isDone: true, result: true }])
    expect(idsIn(path)).toEqual(["a", "b"])
    expect(opened).toHaveLength(2)
    expect(writer.countLogPages()).toBeGreaterThan(0)
    // The answer of a lock that another connection holds leaves the connection as good as it was.
    const refuse = () => {
      throw Object.assign(new Error("database is locked"), { code: "SQLITE_LOCKED" })
    }
    Object.assign(opened[1] ?? {}, { query: refuse })
    expect(writer.countLogPages()).toBe(0)
    Reflect.deleteProperty(opened[1] ?? {}, "query")
    expect(await writer.run([create("c")])).toEqual([{ isDone: true, result: true }])
    expect(opened).toHaveLength(2)
    writer.close()
  })

  test("gives up a connection in doubt and opens another for the next batch", async () => {
    const path = join(scratch.path, "doubt.db")
    let opened = 0
    const open = () => {
      const database = openForWriting(path, 0)
      // The first connection refuses to write, as one does whose disk has failed.
      if (opened++ === 0) database.run("PRAGMA query_only = ON")
      return database
    }
    const writer = createWriter(open, compiled)
    expect(await writer.run([create("a"), create("b")])).toMatchObject([
      { isDone: false, error: { code: "SQLITE_READONLY" } },
      { isDone: false, error: { code: "SQLITE_READONLY" } },
    ])
    expect(await writer.run([create("c")])).toEqual([{ isDone: true, result: true }])
    expect(idsIn(path)).toEqual(["c"])
    expect(opened).toBe(2)
    writer.close()
  })
})
