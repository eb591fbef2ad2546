import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { digestOf, type Digest } from "../domain/digest.ts"
import type { ManifestReference } from "../domain/manifest.ts"
import { createManualClock, newDigest, newRepository, referenceTo } from "../ports/metadata/fixture.contract.ts"
import { createFindLost } from "./stored-references.ts"

const sha256 = (text: string) => digestOf("sha256", new Bun.CryptoHasher("sha256").update(text).digest("hex"))

async function open() {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const store = createMemoryBlobStore()
  const repository = newRepository()
  const put = async (text: string): Promise<Digest> => {
    const digest = sha256(text)
    await store.append(text, pieces(text), { algorithm: "sha256" })
    await store.complete(text, { digest, generation: 0 })
    await metadata.blobs.put({ digest, generation: 0, sizeBytes: text.length }, { repository })
    return digest
  }
  return { metadata, store, repository, put, findLost: createFindLost({ blobs: metadata.blobs, store }) }
}

async function* pieces(text: string) {
  yield new TextEncoder().encode(text)
}

test("blobs that are gone from the storage, or cut short, are lost; others are not", async () => {
  const { metadata, store, repository, put, findLost } = await open()
  const [whole, gone] = [await put("whole"), await put("gone")]
  const short = newDigest()
  await store.remove({ digest: gone, generation: 0 })
  await metadata.blobs.put({ digest: short, generation: 0, sizeBytes: 10 }, { repository })
  const lost = await findLost(repository, [referenceTo(whole), referenceTo(gone, "config"), referenceTo(short)])
  expect(lost.map(({ digest }) => digest)).toEqual([gone, short])
})

test("what the metadata has not, what need not be there, and manifests are left to others", async () => {
  const { store, repository, put, findLost } = await open()
  const gone = await put("gone")
  await store.remove({ digest: gone, generation: 0 })
  const references: ManifestReference[] = [
    referenceTo(newDigest()),
    referenceTo(gone, "layer", false),
    referenceTo(gone, "manifest"),
  ]
  expect(await findLost(repository, references)).toEqual([])
})

test("of many blobs every lost one is found", async () => {
  const { store, repository, put, findLost } = await open()
  const digests = await Promise.all(Array.from({ length: 40 }, (_, index) => put(`blob ${index}`)))
  for (const digest of digests) await store.remove({ digest, generation: 0 })
  const lost = await findLost(
    repository,
    digests.map((digest) => referenceTo(digest)),
  )
  expect(lost.map(({ digest }) => digest)).toEqual(digests)
})
