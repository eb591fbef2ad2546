import { expect, test } from "bun:test"
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import { createManualClock } from "../../ports/metadata/fixture.contract.ts"
import { createMetadata } from "./metadata.ts"

test("what an earlier process left of backups is removed, and nothing of this one's", async () => {
  using scratch = createScratch("berth-backup-records")
  const path = join(scratch.path, "metadata.db")
  const work = { origin: { version: "1", root: "/" }, signal: new AbortController().signal, progress: () => undefined }
  const [earlier, own] = [crypto.randomUUID(), crypto.randomUUID()]
  for (const id of [earlier, own]) {
    const metadata = await createMetadata({ path, clock: createManualClock() })
    await metadata.backup.create(id, work)
    if (id === own) await metadata.backup.deleteLeft()
    await metadata.close()
  }
  expect(readdirSync(join(scratch.path, "backups"))).toEqual([`${own}.db`])
})

test("copies of a database in memory go with it", async () => {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const origin = { version: "1", root: "/" }
  await metadata.backup.create("one", { origin, signal: new AbortController().signal, progress: () => undefined })
  const { path = "" } = (await metadata.backup.find("one")) ?? {}
  expect(existsSync(path)).toBe(true)
  await metadata.close()
  expect(existsSync(dirname(path))).toBe(false)
})

test.each(["was deleted", "did not come about"])("a copy that %s is not kept in mind", async (fate) => {
  using scratch = createScratch("berth-backup-records")
  const id = crypto.randomUUID()
  const metadata = await createMetadata({
    path: join(scratch.path, "metadata.db"),
    clock: createManualClock(),
  })
  const { backup } = metadata
  const signal = fate === "was deleted" ? new AbortController().signal : AbortSignal.abort()
  const making = backup.create(id, { origin: { version: "1", root: "/" }, signal, progress: () => undefined })
  if (fate === "was deleted") await making.then(() => backup.delete(id))
  else await making.catch(() => undefined)
  const place = join(scratch.path, "backups")
  expect(readdirSync(place)).toEqual([])
  // By its name it may be one that an earlier process made.
  writeFileSync(join(place, `${id}.db`), "")
  await backup.deleteLeft()
  expect(readdirSync(place)).toEqual([])
  await metadata.close()
})
