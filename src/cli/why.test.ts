import { expect, test } from "bun:test"
import type { GcView } from "../contract/gc.ts"
import { openApi } from "../http/api/testing.ts"
import {
  newManifest,
  newRepository,
  putBlob,
  putImage,
  referenceTo,
  tagsOf,
} from "../ports/metadata/fixture.contract.ts"
import { runCommand } from "./testing.ts"

const DAY_MS = 86_400_000

test("a blob that was pushed again while an earlier copy goes is told of as stored, and then the other", async () => {
  const { api, metadata, clock } = await openApi()
  const repository = newRepository()
  const digest = await putBlob(metadata, repository)
  const why = async () => (await runCommand({ answer: async (request) => api.fetch(request) }, "why", digest)).out
  const listCopies = async () => (await why()).split("\n").filter((line) => /stored|copy,/.test(line))
  expect(await listCopies()).toEqual([
    "stored, 10 B: no manifest needs it; it is condemned after 2001-09-09 03:16 UTC, and goes 1m later",
  ])
  clock.advance(DAY_MS)
  const cutoffs = { touchedBefore: clock.now() - 1, deletedBefore: clock.now() - 1, held: [], limit: 10 }
  for (const kind of ["link", "blob"] as const) await metadata.gc.review(kind, cutoffs)
  expect(await listCopies()).toEqual([expect.stringMatching(/^stored, 10 B: nothing needs it, it goes 1m after /)])
  const generation = await metadata.blobs.nextGeneration(digest)
  await metadata.blobs.put({ digest, generation, sizeBytes: 10 }, { repository })
  const both = [
    expect.stringMatching(/^stored, 10 B: /),
    "an earlier copy, 10 B, is being removed; the one above stays",
  ]
  expect(await listCopies()).toEqual(both)
  await metadata.gc.giveUp({ condemnedBefore: clock.now() + 1, limit: 10 })
  expect(await listCopies()).toEqual(both)
  await metadata.close()
})

/** `why` prints of the digest. Garbage collection keeps to the rules of the API's tests, an hour of grace, but for these. */
async function openWhy(rules: { untaggedSeconds?: number } = {}) {
  const { api, metadata, clock } = await openApi()
  const answer = async (request: Request) => {
    const response = await api.fetch(request)
    if (new URL(request.url).pathname !== "/api/v1/gc") return response
    const view = (await response.json()) as GcView
    return Response.json({ ...view, rules: { ...view.rules, ...rules } })
  }
  const why = async (digest: string) => (await runCommand({ answer }, "why", digest)).out.trimEnd().split("\n")
  return { metadata, clock, why }
}

test("a blob that was pushed alone says that no manifest names it, and when it goes; one that is named says neither", async () => {
  const { metadata, clock, why } = await openWhy()
  const repository = newRepository()
  const alone = await putBlob(metadata, repository)
  const { references } = await putImage(metadata, repository)
  expect(await why(alone)).toEqual([
    `a blob of ${repository}, last asked for or pushed 2001-09-09 01:46 UTC; no manifest there names it`,
    "stored, 10 B: no manifest needs it; it is condemned after 2001-09-09 03:16 UTC, and goes 1m later",
  ])
  const named = await why(references[0]?.digest ?? "")
  expect(named.slice(-2)).toEqual([
    `a blob of ${repository}, last asked for or pushed 2001-09-09 01:46 UTC`,
    "stored, 10 B",
  ])
  // A deletion counts as the last time as well.
  clock.advance(600_000)
  await metadata.blobs.unlink(repository, alone, { actor: "bob" })
  expect((await why(alone)).join()).toContain("condemned after 2001-09-09 03:26 UTC")
  await metadata.close()
})

test("an untagged manifest says that it stays, or when it goes; one with a tag or in an index says neither", async () => {
  for (const [rules, reason] of [
    [{}, "it stays: gc.untagged is keep"],
    [
      { untaggedSeconds: 864_000 },
      "it goes when it was not pushed, pulled, tagged or named for 10d (gc.untagged), not before 2001-09-19 01:46 UTC",
    ],
    // Never before a blob would.
    [{ untaggedSeconds: 60 }, "for 1h30m (gc.untagged), not before 2001-09-09 03:16 UTC"],
  ] as const) {
    const { metadata, why } = await openWhy(rules)
    const repository = newRepository()
    const [untagged, child, tagged] = [
      newManifest(repository),
      newManifest(repository),
      newManifest(repository, { tags: tagsOf("t") }),
    ]
    for (const manifest of [untagged, child, tagged]) await metadata.manifests.put(manifest)
    const references = [referenceTo(child.digest, "manifest")]
    await metadata.manifests.put(newManifest(repository, { references, tags: tagsOf("index") }))
    expect((await why(untagged.digest)).join()).toContain(reason)
    for (const { digest } of [child, tagged]) expect((await why(digest)).join()).not.toContain("gc.untagged")
    await metadata.close()
  }
})

test("what was deleted, and what it names, says until when it can be restored", async () => {
  const { metadata, clock, why } = await openWhy()
  const repository = newRepository()
  const image = await putImage(metadata, repository)
  clock.advance(60_000)
  await metadata.manifests.delete(repository, image.digest, { actor: "bob" })
  expect(await why(image.digest)).toContain(
    `deleted from ${repository} on 2001-09-09 01:47 UTC; it can be restored until 2001-09-09 02:47 UTC`,
  )
  expect(await why(image.references[0]?.digest ?? "")).toContain(
    `layer of ${repository}@${image.digest}, which is deleted and can be restored until 2001-09-09 02:47 UTC`,
  )
  await metadata.close()
})
