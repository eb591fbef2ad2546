import { expect, test } from "bun:test"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { digestOf, type Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import { createManualClock, newDigest, newRepository } from "../ports/metadata/fixture.contract.ts"
import { createPulls } from "./pulls.ts"

type Pulled = { repository: RepositoryName; digest: Digest }[]

const HOUR_MS = 60 * 60 * 1000
const LIMIT = 10_000

async function open() {
  const clock = createManualClock()
  const { manifests } = await createMetadata({ path: ":memory:", clock })
  const writes: Pulled[] = []
  const markPulled = (pulled: Pulled) => {
    writes.push(pulled)
    return Promise.resolve()
  }
  return { clock, writes, pulls: createPulls({ manifests: { ...manifests, markPulled }, clock }) }
}

function numbered(number: number): Digest {
  return digestOf("sha256", number.toString(16).padStart(64, "0"))
}

test("what was marked is written once, and nothing where nothing was", async () => {
  const { pulls, writes } = await open()
  await pulls.flush()
  const pulled = [
    { repository: newRepository(), digest: newDigest() },
    { repository: newRepository(), digest: newDigest() },
  ]
  for (const { repository, digest } of pulled) pulls.mark(repository, digest)
  await pulls.flush()
  await pulls.flush()
  expect(writes).toEqual([pulled])
})

test("a manifest that is pulled again and again is written once an hour", async () => {
  const { pulls, writes, clock } = await open()
  const [repository, digest] = [newRepository(), newDigest()]
  const written: number[] = []
  for (const wait of [0, 0, HOUR_MS / 2, HOUR_MS / 2 - 1, 1, HOUR_MS - 1, 1]) {
    clock.advance(wait)
    pulls.mark(repository, digest)
    await pulls.flush()
    written.push(writes.length)
  }
  expect(written).toEqual([1, 1, 1, 1, 2, 2, 3])
})

test("the hour is each repository's and each manifest's own", async () => {
  const { pulls, writes } = await open()
  const [one, other, digest, another] = [newRepository(), newRepository(), newDigest(), newDigest()]
  pulls.mark(one, digest)
  pulls.mark(other, digest)
  pulls.mark(one, another)
  await pulls.flush()
  expect(writes.flat()).toHaveLength(3)
})

test("no more wait to be written than there is room for, and the rest is marked at its next pull", async () => {
  const { pulls, writes } = await open()
  const repository = newRepository()
  for (let number = 0; number < LIMIT + 50; number++) pulls.mark(repository, numbered(number))
  await pulls.flush()
  expect(writes[0]).toHaveLength(LIMIT)
  pulls.mark(repository, numbered(LIMIT + 49))
  await pulls.flush()
  expect(writes[1]).toEqual([{ repository, digest: numbered(LIMIT + 49) }])
})

test("no more is remembered than there is room for: what is forgotten is written once more within the hour", async () => {
  const { pulls, writes } = await open()
  const repository = newRepository()
  for (let number = 0; number < LIMIT; number++) pulls.mark(repository, numbered(number))
  await pulls.flush()
  pulls.mark(repository, numbered(LIMIT))
  pulls.mark(repository, numbered(0))
  await pulls.flush()
  expect(writes[1]).toEqual([
    { repository, digest: numbered(LIMIT) },
    { repository, digest: numbered(0) },
  ])
})
