import { expect, test } from "bun:test"
import { createAnonymousIdentity } from "../adapters/identity/anonymous.ts"
import { pauseForOthers } from "../adapters/pause/event-loop.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import { createAccess } from "./access.ts"
import { createCatalog, type Catalog } from "./catalog.ts"

const names = Array.from({ length: 3500 }, (_, index) => parseRepositoryName(`team/${String(index).padStart(5, "0")}`))
const actor = { id: "anonymous", quotaKey: "anonymous" }

function openCatalog(log: string[]): Catalog {
  const repositories: Pick<RepositoryRecords, "list"> = {
    list: async ({ limit, last = "" }) => {
      log.push("step")
      setImmediate(() => log.push("another"))
      const after = names.filter((name) => name > last)
      return { items: after.slice(0, limit), hasMore: after.length > limit }
    },
  }
  const access = createAccess(createAnonymousIdentity(), { deleteEnabled: true, readOnly: false })
  return createCatalog({ repositories, access, pause: pauseForOthers, adoption: { isPartial: () => false } })
}

test("a search through many names lets others have their turn after every step", async () => {
  const log: string[] = []
  expect(await openCatalog(log).search(actor, "absent", 25)).toEqual([])
  expect(log.filter((who) => who === "step")).toHaveLength(5)
  expect(log.join(" ")).not.toContain("step step")
})

test("a list that one step fills waits for nobody", async () => {
  const log: string[] = []
  expect(await openCatalog(log).list(actor, { limit: 100 })).toEqual({ items: names.slice(0, 100), hasMore: true })
  expect(log).toEqual(["step"])
})
