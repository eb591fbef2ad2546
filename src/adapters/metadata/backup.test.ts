import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
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
