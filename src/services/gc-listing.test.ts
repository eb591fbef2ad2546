import { expect, test } from "bun:test"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import type { Digest } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { createManualClock, newDigest, newManifest } from "../ports/metadata/fixture.contract.ts"
import { createGcListing, type ListedMark } from "./gc-listing.ts"

const pause = () => Promise.resolve()

test("marks come in the order of the repositories and their digests, in pages of any size", async () => {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const listing = createGcListing({ ...metadata, records: metadata.gc, pause })
  const [below, above] = [parseRepositoryName("app/1"), parseRepositoryName("app")]
  const layers = [newDigest(), newDigest()]
  const body = JSON.stringify({ layers: [...layers, layers[0]].map((digest) => ({ digest })) })
  const image = newManifest(above, { bytes: new TextEncoder().encode(body) })
  await metadata.manifests.put(image)
  const goes = newManifest(above)
  await metadata.manifests.put(goes)
  const gone = newDigest()
  await metadata.manifests.put(newManifest(below))
  await metadata.gc.noteFound(
    [goes.digest, gone].map((digest) => ({ kind: "manifest", repository: above, digest }) as const),
  )

  async function listAll(limit: number): Promise<ListedMark[]> {
    const all: ListedMark[] = []
    for (let last: string | undefined; ;) {
      const { items, hasMore } = await listing.listMarks({ limit, ...(last !== undefined && { last }) })
      expect(items.length).toBeLessThanOrEqual(limit)
      all.push(...items)
      if (!hasMore) return all
      const end = items.at(-1)
      last = end && [end.repository, end.manifest].join(" ").trim()
    }
  }

  const all = await listAll(100)
  expect(all.slice(0, 3)).toMatchObject([
    { repository: below },
    { repository: below, references: [] },
    { repository: above },
  ])
  const eligible = (manifest: Digest) => ({ repository: above, manifest, isEligible: true })
  const references = [...layers, layers[0]]
  const expected = [{ repository: above, manifest: image.digest, references }, eligible(goes.digest), eligible(gone)]
  expect(all.slice(3) as unknown[]).toEqual(expected.toSorted((one, other) => (one.manifest < other.manifest ? -1 : 1)))
  for (const limit of [1, 2, 3, 4]) expect(await listAll(limit)).toEqual(all)
})

test("a page ends where its manifests name much, and the next goes on from there", async () => {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const listing = createGcListing({ ...metadata, records: metadata.gc, pause })
  const repository = parseRepositoryName("app")
  const digest = newDigest()
  for (let count = 0; count < 3; count++) {
    const body = JSON.stringify({ count, layers: Array.from({ length: 6000 }, () => ({ digest })) })
    const bytes = new TextEncoder().encode(body)
    const key = `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}` as Digest
    await metadata.manifests.put(newManifest(repository, { bytes, digest: key }))
  }
  const { items, hasMore } = await listing.listMarks({ limit: 100 })
  expect([items.length, hasMore]).toEqual([3, true])
  const rest = await listing.listMarks({ limit: 100, last: `${repository} ${items[2]?.manifest ?? ""}` })
  expect([rest.items.length, rest.hasMore]).toEqual([1, false])
})
