import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import type { Problem } from "../domain/adoption.ts"
import type { Digest } from "../domain/digest.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { createManualClock, newDigest, newRepository } from "../ports/metadata/fixture.contract.ts"
import { createBlobs } from "./blobs.ts"
import { createGc, type GcRun } from "./gc.ts"
import { createTouches } from "./touches.ts"

export const HOUR = 3_600_000

/** The collector with a grace of two hours and a delay of one, on memory adapters. */
export async function openGc({
  problems = [] as Problem[],
  changes = (store: BlobStore) => store,
  isReadOnly = false,
  rest = () => Promise.resolve(false),
} = {}) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const memory = createMemoryBlobStore()
  const leftAt = new Map<Digest, number>()
  // Written when this clock says.
  const store: BlobStore = {
    ...memory,
    list: async (page) => {
      const { items, hasMore } = await memory.list(page)
      for (const item of items) Object.assign(item, { modifiedAt: leftAt.get(item.digest) ?? 0 })
      return { items, hasMore }
    },
  }
  const log = createMemoryLogger()
  const touches = createTouches({
    ...metadata,
    unrecorded: createMemoryUnrecorded(),
    collectsUntagged: false,
    clock,
    log,
    graceSeconds: 7200,
  })
  const adoption = {
    settled: true,
    isSettled: () => adoption.settled,
    listProblems: () => Promise.resolve({ items: problems, hasMore: false }),
  }
  const rules = {
    graceSeconds: 7200,
    sweepDelaySeconds: 3600,
    untaggedSeconds: undefined,
    isPaused: false,
    keepSeconds: 10 * 86_400,
  }
  const gc = createGc({
    records: metadata.gc,
    store: changes(store),
    adoption,
    touches,
    clock,
    log,
    rest,
    isReadOnly,
    rules,
    rehearse: (_, work) => work(metadata.gc),
  })
  const access = {
    canRead: () => true,
    decide: () => undefined,
    canList: () => true,
    challenge: () => undefined,
    authenticate: () => Promise.reject(new Error("not asked for")),
  }
  const blobs = createBlobs({ blobs: metadata.blobs, store, access, touches })
  const repository = newRepository()

  /** Brings bytes, and no row. */
  async function leave(): Promise<Digest> {
    const digest = newDigest()
    await store.append("upload", new Blob(["ten bytes."]).stream(), { algorithm: "sha256" })
    await store.complete("upload", { digest, generation: 0 })
    leftAt.set(digest, clock.now())
    return digest
  }

  async function push(): Promise<Digest> {
    const digest = await leave()
    await metadata.blobs.put({ digest, generation: 0, sizeBytes: 10 }, { repository })
    return digest
  }

  const run = (changed: Partial<GcRun> = {}) =>
    gc.run({ isNow: false, isAlone: false, untagged: false, signal: new AbortController().signal, ...changed })
  const isStored = async (digest: Digest) => (await store.findSize({ digest, generation: 0 })) !== undefined
  return { gc, run, push, leave, isStored, metadata, blobs, clock, adoption, repository, rules, log }
}
