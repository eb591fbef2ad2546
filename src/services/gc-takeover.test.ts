import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../adapters/unrecorded/memory.ts"
import { pauseForOthers as pause, restForOthers as rest } from "../adapters/pause/event-loop.ts"
import { parseDigest } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import {
  createDistributionTree,
  OCI_INDEX,
  OCI_MANIFEST,
  type DistributionTree,
} from "../../test/support/distribution-tree.ts"
import { createScratch, type Scratch } from "../../test/support/scratch.ts"
import { createAdoption, type Adoption } from "./adoption.ts"
import { createGc, type Gc } from "./gc.ts"
import { createTouches } from "./touches.ts"

const DAY = 86_400_000
const app = parseRepositoryName("team/app")
const bob = { actor: "bob" }
const UNKNOWN = { schemaVersion: 2, mediaType: "application/vnd.example.unknown+json" }

let scratch: Scratch
let tree: DistributionTree
let metadata: Metadata
let store: BlobStore
let adoption: Adoption
let gc: Gc
let clock: ReturnType<typeof createManualClock>

beforeEach(async () => {
  clock = createManualClock(Date.now())
  scratch = createScratch("berth-gc-takeover")
  tree = createDistributionTree(scratch.path)
  metadata = await createMetadata({ path: join(scratch.path, "metadata.db"), clock })
  store = await createFilesystemBlobStore({ root: scratch.path, threads: 1, files: createDiskFiles() })
})

afterEach(async () => {
  await metadata.close()
  await store.close()
  scratch[Symbol.dispose]()
})

const adopt = (isFull = false) => adoption.run({ isFull, signal: new AbortController().signal })

/** As at a start: the collector, with a grace of two hours, beside the take-over of what docker-registry has written. */
async function start(): Promise<void> {
  const links = createFilesystemLinkTree(createDiskFiles(), scratch.path)
  const limits = { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 }
  const { adoption: records, repositories } = metadata
  adoption = createAdoption({ links, store, records, repositories, clock, pause, limits })
  gc = createGc({
    records: metadata.gc,
    store,
    adoption,
    isReadOnly: false,
    touches: createTouches({
      ...metadata,
      unrecorded: createMemoryUnrecorded(),
      clock,
      log: createMemoryLogger(),
      graceSeconds: 7200,
      collectsUntagged: false,
    }),
    clock,
    log: createMemoryLogger(),
    rest,
    rules: {
      graceSeconds: 7200,
      sweepDelaySeconds: 3600,
      untaggedSeconds: undefined,
      isPaused: false,
      keepSeconds: 1000 * 86_400,
    },
    rehearse: (_, work) => work(metadata.gc),
  })
  await adoption.open()
  await adopt()
}

async function collectForDays(): Promise<void> {
  for (let days = 0; days < 5; days++) {
    clock.advance(DAY + 1000)
    await gc.run({ isNow: false, isAlone: false, untagged: false, signal: new AbortController().signal })
  }
}

const isStored = (digest: string) => existsSync(tree.blobPath(digest))

describe("of a directory that was taken over the collector leaves", () => {
  test("what a manifest of an unknown kind may name, and that manifest", async () => {
    const unknown = tree.putManifest("team/app", UNKNOWN)
    const named = tree.putBlob("named by it, for all that is known")
    await start()
    await collectForDays()
    expect([isStored(unknown), isStored(named)]).toEqual([true, true])
  })

  test("a blob that a manifest names and whose link is lost", async () => {
    const { digest, layer } = tree.putImage("team/app", "one")
    tree.tag("team/app", "latest", digest)
    rmSync(tree.linkPath("team/app", "blob", layer))
    const garbage = tree.putBlob("named by nothing")
    await start()
    await collectForDays()
    expect([isStored(layer), isStored(garbage)]).toEqual([true, false])
  })

  test("the bytes of a manifest that were pushed as a blob as well", async () => {
    const { digest } = tree.putImage("team/app", "one")
    await start()
    const key = { digest: parseDigest(digest), generation: 0 }
    const sizeBytes = (await store.findSize(key)) ?? 0
    await metadata.blobs.put({ ...key, sizeBytes }, { repository: parseRepositoryName("team/other") })
    await collectForDays()
    expect(isStored(digest)).toBe(true)
    expect((await metadata.gc.explain(key.digest)).links).toEqual([])
  })

  test("everything, when a second look at the directory was broken off", async () => {
    tree.putManifest("team/app", UNKNOWN)
    await start()
    expect(await gc.status()).toMatchObject({ held: [app] })
    const controller = new AbortController()
    const stop = () => controller.abort(new Error("enough"))
    const broken = adoption.run({ isFull: true, signal: controller.signal, onProgress: stop })
    expect(await broken.catch((error: unknown) => error)).toEqual(new Error("enough"))
    expect(await gc.status()).toMatchObject({ waitsFor: expect.stringContaining("take-over") })
    await adopt()
    expect(await gc.status()).toMatchObject({ held: [app] })
  })
})

describe("what was deleted here and docker-registry names in a manifest of its own is there again", () => {
  test("the blobs, also where they were collected and pushed again there", async () => {
    const image = tree.putImage("team/app", "one")
    await start()
    await metadata.manifests.delete(app, parseDigest(image.digest), bob)
    await collectForDays()
    expect(isStored(image.layer)).toBe(false)
    const next = tree.putImage("team/app", "one", { annotations: { of: "the second push" } })
    tree.tag("team/app", "new", next.digest)
    await start()
    expect((await metadata.tags.find(app, parseTag("new")))?.digest).toBe(parseDigest(next.digest))
    for (const digest of [image.config, image.layer])
      expect(await metadata.blobs.find(app, parseDigest(digest))).toBeDefined()
  })

  test("the children of an index, and what they name", async () => {
    const { digest, layer } = tree.putImage("team/app", "one")
    await start()
    await metadata.manifests.delete(app, parseDigest(digest), bob)
    await metadata.blobs.unlink(app, parseDigest(layer), bob)
    const manifests = [{ mediaType: OCI_MANIFEST, digest, size: 10 }]
    tree.putManifest("team/app", { schemaVersion: 2, mediaType: OCI_INDEX, manifests })
    await start()
    expect(await metadata.manifests.find(app, parseDigest(digest))).toBeDefined()
    expect(await metadata.blobs.find(app, parseDigest(layer))).toBeDefined()
  })
})
