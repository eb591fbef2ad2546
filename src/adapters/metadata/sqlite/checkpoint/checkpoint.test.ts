import { afterAll, describe, expect, test } from "bun:test"
import { statSync } from "node:fs"
import { join } from "node:path"
import { newManifest, newRepository, tagsOf } from "../../../../ports/metadata/fixture.contract.ts"
import { createScratch } from "../../../../../test/support/scratch.ts"
import { createMetadata } from "../../metadata.ts"
import { countLogPages, openForReading, openForWriting } from "../open.ts"
import { createCheckpoints } from "./client.ts"

const scratch = createScratch("berth-checkpoint")
afterAll(() => scratch[Symbol.dispose]())

describe("checkpoints", () => {
  test("bring the log into the database beside a connection that writes", async () => {
    const path = join(scratch.path, "beside.db")
    using database = openForWriting(path, 0)
    database.run("CREATE TABLE filling (bytes BLOB)")
    for (let row = 0; row < 100; row++) database.run("INSERT INTO filling VALUES (randomblob(4096))")
    const before = countLogPages(database)
    expect(before).toBeGreaterThan(100)

    const checkpoints = createCheckpoints(path)
    // What is not committed yet stays out of it, and does not wait.
    database.run("BEGIN IMMEDIATE")
    database.run("INSERT INTO filling VALUES (randomblob(4096))")
    checkpoints.begin()
    await checkpoints.close()
    expect(checkpoints.count()).toEqual({ checkpoints: 1, failedCheckpoints: 0 })
    database.run("COMMIT")
    expect(countLogPages(database)).toBeLessThan(10)
    expect(database.query("SELECT count(*) AS count FROM filling").get()).toEqual({ count: 101 })
  })

  test("are counted when they fail, and begin no more after the end", async () => {
    const checkpoints = createCheckpoints(join(scratch.path, "nowhere", "metadata.db"))
    checkpoints.begin()
    await checkpoints.close()
    checkpoints.begin()
    await checkpoints.close()
    expect(checkpoints.count()).toEqual({ checkpoints: 0, failedCheckpoints: 1 })
  })

  test("begin by themselves when the log gets long, and it gets no longer than its limit", async () => {
    const path = join(scratch.path, "long.db")
    const clock = { now: () => 0 }
    const metadata = await createMetadata({ path, clock })
    const repository = newRepository()
    for (let round = 0; metadata.countWrites().checkpoints < 2; round++) {
      const tags = tagsOf(...Array.from({ length: 40 }, (_, at) => `t${round}-${at}`))
      await metadata.manifests.put(
        newManifest(repository, { tags, bytes: crypto.getRandomValues(new Uint8Array(60_000)) }),
      )
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(70 * 2 ** 20)
    expect(metadata.countWrites().failedCheckpoints).toBe(0)
    await metadata.close()
    using database = openForReading(path)
    expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
  })
})
