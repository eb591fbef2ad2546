import { expect, test } from "bun:test"
import { createScratch } from "../support/scratch.ts"
import { openLedger, readLedger, type Entry } from "./ledger.ts"
import { createOracle, replay } from "./oracle.ts"
import { createRandom } from "./random.ts"
import { effectsOf, type Change } from "./repository.ts"

const repository = "a/b"
const manifest = { mediaType: "m", text: "{}", blobs: ["sha256:1"], children: [], subject: "sha256:9" }
const putBlob: Change = { kind: "put-blob", digest: "sha256:1", content: { seed: 1, sizeBytes: 2 } }
const putManifest: Change = { kind: "put-manifest", digest: "sha256:5", manifest, tags: ["x", "y"] }
const deleteManifest: Change = { kind: "delete-manifest", digest: "sha256:5" }

function made(change: Change): Entry[] {
  return [
    { at: "intent", repository, change },
    { at: "ack", repository },
  ]
}

test("an intent changes nothing until its outcome is known", () => {
  const oracle = replay([{ at: "intent", repository, change: putBlob }])
  expect(oracle.get(repository).blobs.size).toBe(0)
  expect(oracle.open.get(repository)).toEqual(putBlob)
  oracle.record({ at: "found", repository, happened: true })
  expect([...oracle.get(repository).blobs]).toEqual(["sha256:1"])
  expect(oracle.open.size).toBe(0)
})

test("a push of a manifest touches the manifest, its referrer entry and all its tags, and a refused one nothing", () => {
  const oracle = replay(made(putBlob))
  const effects = effectsOf(oracle.get(repository), putManifest)
  expect(effects.map(({ place, after }) => `${place.kind} ${place.id} ${after}`)).toEqual([
    "manifest sha256:5 sha256:5",
    "referrer sha256:9 sha256:5 sha256:5",
    "tag x sha256:5",
    "tag y sha256:5",
  ])
  oracle.record({ at: "intent", repository, change: putManifest })
  oracle.record({ at: "refusal", repository })
  expect(oracle.get(repository).manifests.size).toBe(0)
})

test("a deleted manifest takes its tags along, and all of it must be absent from then on", () => {
  const oracle = replay([...made(putBlob), ...made(putManifest), ...made(deleteManifest)])
  const { tags, absent, blobs } = oracle.get(repository)
  expect(tags.size).toBe(0)
  expect([...absent.keys()].toSorted()).toEqual(["manifest sha256:5", "referrer sha256:9 sha256:5", "tag x", "tag y"])
  expect(blobs.size).toBe(1)
})

test("a second change before the first is answered is a fault of the client, not of the server", () => {
  const oracle = replay([{ at: "intent", repository, change: putBlob }])
  expect(() => oracle.record({ at: "intent", repository, change: putManifest })).toThrow(/without an answer already/)
})

test("the ledger on disk tells the same as the oracle that wrote it", () => {
  using scratch = createScratch()
  using ledger = openLedger(`${scratch.path}/ledger`)
  const oracle = createOracle(ledger)
  for (const entry of [...made(putBlob), ...made(putManifest)]) oracle.record(entry)
  const read = replay(readLedger(ledger.path))
  expect(read.repositories).toEqual(oracle.repositories)
  expect(read.ackedCount()).toBe(2)
})

test("a seed gives the same numbers each time, and forks do not depend on how much was drawn", () => {
  const one = createRandom(7)
  const other = createRandom(7)
  const numbers = Array.from({ length: 5 }, () => one.below(1000))
  expect(numbers).toEqual([893, 980, 186, 383, 380])
  expect(one.fork("a").below(2 ** 32)).toBe(other.fork("a").below(2 ** 32))
  expect(one.fork("a").below(2 ** 32)).not.toBe(one.fork("b").below(2 ** 32))
})
