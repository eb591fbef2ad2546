import { expect, test } from "bun:test"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { createManualClock, newManifest, newRepository, tagsOf } from "../../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createRecords } from "./metadata.ts"
import { createRestoration } from "./repository-restoration.ts"
import { openMemory } from "./sqlite/store.ts"

const bob = { actor: "bob" }
const MANIFESTS = 20

test.each<[string, (records: Metadata["repositories"]) => (repository: RepositoryName) => unknown]>([
  ["whether it is there", (records) => (repository) => records.exists(repository)],
  ["how many manifests it has", (records) => (repository) => records.findManifestCount(repository)],
])("who asks of a half-restored repository %s waits for the end", async (_, ask) => {
  const clock = createManualClock()
  const store = await openMemory(clock)
  const repository = newRepository()
  const { manifests, repositories } = createRecords(store)
  for (let index = 0; index < MANIFESTS; index++)
    await manifests.put(newManifest(repository, { tags: tagsOf(`t${index}`) }))
  const before = await ask(repositories)(repository)
  clock.advance(1)
  await repositories.delete(repository, bob)
  expect(await createRestoration(repository, bob).begin(store.write, 5)).toMatchObject({ isDone: false })
  const metadata = createRecords(store, { unfinished: [repository], stepRows: 5 })
  expect(await ask(metadata.repositories)(repository)).toBe(before)
  await store.close()
})
