import { expect, test } from "bun:test"
import { createManualClock, newManifest, newRepository, tagsOf } from "../../ports/metadata/fixture.contract.ts"
import { historyStatements } from "./history-statements.ts"
import { createRecords } from "./metadata.ts"
import { openMemory } from "./sqlite/store.ts"

test("the restoration of one manifest reads none of the other tags that went with its repository", async () => {
  const store = await openMemory(createManualClock())
  const { manifests, repositories, history } = createRecords(store)
  const repository = newRepository()
  const [one, other] = [tagsOf("one", "two"), tagsOf("other")].map((tags) => newManifest(repository, { tags }))
  if (one === undefined || other === undefined) throw new Error("two are made")
  for (const each of [one, other]) await manifests.put(each)
  await repositories.delete(repository, { actor: "bob" })
  const { at: deletedAt = 0 } = (await store.read.find(historyStatements.findDeletion, { repository })) ?? {}
  const taken = { repository, deletedAt, previous: one.digest }
  const tags = (await store.read.list(historyStatements.listTaken, taken)).map(({ tag }) => tag)
  expect(tags.sort()).toEqual(one.tags)
  expect(await history.restoreManifest(repository, one.digest, { actor: "bob" })).toMatchObject({ tagCount: 2 })
  await store.close()
})
