import { expect, test } from "bun:test"
import type { Digest } from "../../domain/digest.ts"
import { createManualClock, newDigest, newManifest, newRepository } from "../../ports/metadata/fixture.contract.ts"
import { createRecords } from "./metadata.ts"
import type { Connection } from "./prepared.ts"
import { createReferrerRecords } from "./referrers.ts"
import { openMemory } from "./sqlite/store.ts"

test("a page is one that was: not without what went while it was read, and without what had come before that", async () => {
  const store = await openMemory(createManualClock())
  const metadata = createRecords(store)
  const [repository, subject] = [newRepository(), newDigest()]
  const put = async (digest: Digest) => metadata.manifests.put(newManifest(repository, { digest, subject }))
  const [first, second, third] = [newDigest(), newDigest(), newDigest()].sort()
  if (first === undefined || second === undefined || third === undefined) throw new Error("there are three")
  await put(first)
  await put(second)
  let reads = 0
  const between: Connection = {
    ...store.read,
    list: async (query, values) => {
      if (reads++ === 1) {
        await put(third)
        await metadata.manifests.delete(repository, first, { actor: "bob" })
      }
      return store.read.list(query, values)
    },
  }
  const { items, hasMore } = await createReferrerRecords(between).list(repository, subject, { limit: 10 })
  expect(items.map(({ digest }) => digest)).toEqual([second, third])
  expect(hasMore).toBe(false)
  await store.close()
})
