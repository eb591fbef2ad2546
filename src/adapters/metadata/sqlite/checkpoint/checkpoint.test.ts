import { afterAll, describe, expect, test } from "bun:test"
import { mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { newManifest, newRepository, tagsOf } from "../../../../ports/metadata/fixture.contract.ts"
import { createScratch } from "../../../../../test/support/scratch.ts"
import { createMemoryLogger } from "../../../logger/memory.ts"
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

  test("say why when they fail, and once until one succeeds", async () => {
    const directory = join(scratch.path, "late")
    const log = createMemoryLogger()
    const checkpoints = createCheckpoints(join(directory, "metadata.db"), { log })
    const runTo = async (total: number) => {
      checkpoints.begin()
      for (let done = -1; done < total; await Bun.sleep(1)) {
        const { checkpoints: succeeded, failedCheckpoints } = checkpoints.count()
        done = succeeded + failedCheckpoints
      }
    }
    await runTo(1)
    await runTo(2)
    const [message = ""] = log.messages("warn")
    expect(log.messages("warn")).toEqual([message])
    expect(message).toContain("look at the disk")
    expect(log.fields(message)).toMatchObject([{ reason: expect.stringContaining("SQLITE_CANTOPEN") as string }])
    mkdirSync(directory)
    openForWriting(join(directory, "metadata.db"), 0).close()
    await runTo(3)
    expect(checkpoints.count()).toEqual({ checkpoints: 1, failedCheckpoints: 2 })
    await checkpoints.close()
    expect(log.messages("warn")).toHaveLength(1)
  })

  test("are not forgotten because of what comes late of a thread that has died", async () => {
    const path = join(scratch.path, "threads.db")
    openForWriting(path, 0).close()
    const threads: Worker[] = []
    const startThread = () => {
      const thread = new Worker(new URL("./worker.ts", import.meta.url))
      threads.push(thread)
      return thread
    }
    const log = createMemoryLogger()
    const checkpoints = createCheckpoints(path, { log, startThread })
    checkpoints.begin()
    threads[0]?.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }))
    while (checkpoints.count().failedCheckpoints === 0) await Bun.sleep(1)
    checkpoints.begin()
    threads[0]?.dispatchEvent(new Event("close"))
    while (checkpoints.count().checkpoints + checkpoints.count().failedCheckpoints < 2) await Bun.sleep(1)
    checkpoints.begin()
    await checkpoints.close()
    expect(checkpoints.count()).toEqual({ checkpoints: 2, failedCheckpoints: 1 })
    expect(log.fields(log.messages("warn")[0] ?? "")).toMatchObject([{ reason: "its thread has ended: out of memory" }])
    expect(threads).toHaveLength(2)
    threads[0]?.terminate()
  })

  test("begin by themselves when the log gets long, and it gets no longer than its limit", async () => {
    const path = join(scratch.path, "long.db")
    const clock = { now: () => 0 }
    const metadata = await createMetadata({ path, clock })
    const repository = newRepository()
    for (let round = 0; round < 5000 && metadata.countWrites().checkpoints < 2; round++) {
      const tags = tagsOf(...Array.from({ length: 40 }, (_, at) => `t${round}-${at}`))
      await metadata.manifests.put(
        newManifest(repository, { tags, bytes: crypto.getRandomValues(new Uint8Array(60_000)) }),
      )
    }
    expect(metadata.countWrites().checkpoints).toBeGreaterThanOrEqual(2)
    expect(statSync(`${path}-wal`).size).toBeLessThan(70 * 2 ** 20)
    expect(metadata.countWrites().failedCheckpoints).toBe(0)
    await metadata.close()
    using database = openForReading(path)
    expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
  })
})
