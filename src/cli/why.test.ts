import { expect, test } from "bun:test"
import { openApi } from "../http/api/testing.ts"
import { newRepository, putBlob } from "../ports/metadata/fixture.contract.ts"
import { runCommand } from "./testing.ts"

const DAY_MS = 86_400_000

test("a blob that was pushed again while an earlier copy goes is told of as stored, and then the other", async () => {
  const { api, metadata, clock } = await openApi()
  const repository = newRepository()
  const digest = await putBlob(metadata, repository)
  const why = async () => (await runCommand({ answer: async (request) => api.fetch(request) }, "why", digest)).out
  const listCopies = async () => (await why()).split("\n").filter((line) => /stored|copy,/.test(line))
  expect(await listCopies()).toEqual(["stored, 10 B"])
  clock.advance(DAY_MS)
  const cutoffs = { touchedBefore: clock.now() - 1, deletedBefore: clock.now() - 1, held: [], limit: 10 }
  for (const kind of ["link", "blob"] as const) await metadata.gc.review(kind, cutoffs)
  expect(await listCopies()).toEqual([expect.stringMatching(/^stored, 10 B: nothing needs it, it goes 1m after /)])
  const generation = await metadata.blobs.nextGeneration(digest)
  await metadata.blobs.put({ digest, generation, sizeBytes: 10 }, { repository })
  const both = ["stored, 10 B", "an earlier copy, 10 B, is being removed; the one above stays"]
  expect(await listCopies()).toEqual(both)
  await metadata.gc.giveUp({ condemnedBefore: clock.now() + 1, limit: 10 })
  expect(await listCopies()).toEqual(both)
  await metadata.close()
})
