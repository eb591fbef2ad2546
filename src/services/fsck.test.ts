import { afterEach, beforeEach, expect, test } from "bun:test"
import { Database } from "bun:sqlite"
import { createHash } from "node:crypto"
import { mkdtemp, rm, writeFile, utimes } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createInlinePool } from "../adapters/blob-store/filesystem/testing.ts"
import { createUploadWriter } from "../adapters/blob-store/filesystem/upload-writer.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { digestOf, type Digest } from "../domain/digest.ts"
import type { FindingKind } from "../domain/fsck.ts"
import { OCI_INDEX, OCI_MANIFEST } from "../domain/media-type.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { newRepository, newUpload, tagsOf } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createFsck, type Fsck } from "./fsck.ts"
import { createScrub } from "./scrub.ts"

let root: string
let metadata: Metadata
let store: BlobStore
let fsck: Fsck
// Far enough ahead that nothing which is stored counts as fresh.
const clock = { now: () => Date.now() + 2 * 24 * 3_600_000 }
const repository = newRepository()
const signal = new AbortController().signal

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-fsck-"))
  const files = createDiskFiles()
  store = await createFilesystemBlobStore({ root, threads: createInlinePool(createUploadWriter(root, files)), files })
  metadata = await createMetadata({ path: join(root, "berth", "metadata.db"), clock })
  const log = createMemoryLogger()
  const scrub = createScrub({ records: metadata.scrub, manifests: metadata.manifests, store, clock, log })
  fsck = createFsck({
    ...metadata,
    records: metadata.fsck,
    blobs: metadata.scrub,
    rules: { requiredPlatforms: "all" },
    store,
    scrub,
    clock,
    pause: () => Promise.resolve(),
  })
})
afterEach(async () => {
  await metadata.close()
  await rm(root, { recursive: true })
})

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const sha256 = (bytes: Uint8Array): Digest => digestOf("sha256", createHash("sha256").update(bytes).digest("hex"))

async function pushBlob(text: string): Promise<{ digest: Digest; size: number }> {
  const bytes = encode(text)
  const digest = sha256(bytes)
  const generation = await metadata.blobs.nextGeneration(digest)
  await store.append("upload", new Blob([bytes]).stream(), { algorithm: "sha256" })
  await store.complete("upload", { digest, generation })
  await metadata.blobs.put({ digest, generation, sizeBytes: bytes.length }, { repository })
  return { digest, size: bytes.length }
}

async function pushImage(tag: string) {
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", ...(await pushBlob(`config of ${tag}`)) }
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", ...(await pushBlob(`layer of ${tag}`)) }
  const bytes = encode({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] })
  const references = [
    { kind: "config" as const, digest: config.digest, sizeBytes: config.size, isRequired: true },
    { kind: "layer" as const, digest: layer.digest, sizeBytes: layer.size, isRequired: true },
  ]
  return put(tag, bytes, { mediaType: OCI_MANIFEST, references, layer: layer.digest })
}

type Content = {
  mediaType: string
  references: { kind: "config" | "layer" | "manifest"; digest: Digest; sizeBytes: number; isRequired: boolean }[]
  layer: Digest
}

async function put(tag: string, bytes: Uint8Array, { layer, ...content }: Content) {
  const digest = sha256(bytes)
  const { missing } = await metadata.manifests.put({
    ...content,
    repository,
    digest,
    bytes,
    sizeBytes: bytes.length,
    tags: tagsOf(tag),
    checksReferences: true,
    actor: "alice",
  })
  expect(missing).toEqual([])
  return { digest, layer, size: bytes.length }
}

async function pushIndex(tag: string, child: { digest: Digest; size: number; layer: Digest }) {
  const manifests = [{ mediaType: OCI_MANIFEST, digest: child.digest, size: child.size }]
  const bytes = encode({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
  const references = [{ kind: "manifest" as const, digest: child.digest, sizeBytes: child.size, isRequired: true }]
  return put(tag, bytes, { mediaType: OCI_INDEX, references, layer: child.layer })
}

function pathOf(digest: Digest, file = "data"): string {
  const hex = digest.slice(7)
  return join(root, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, file)
}

function change(sql: string): void {
  const database = new Database(join(root, "berth", "metadata.db"))
  database.run(sql)
  database.close(true)
}

const run = (changes: { isDeep?: boolean; isRepair?: boolean } = {}) =>
  fsck.run({ isDeep: false, isRepair: false, signal, ...changes })

test("a store on which nothing went wrong has no findings, with deletions as well", async () => {
  const image = await pushImage("one")
  await pushIndex("all", image)
  expect(await run({ isDeep: true })).toMatchObject({ counts: {}, faults: 0 })
  await metadata.blobs.unlink(repository, image.layer, { actor: "alice" })
  await metadata.manifests.delete(repository, image.digest, { actor: "alice" })
  const after = await run({ isDeep: true })
  expect(after.faults).toBe(0)
  expect(after.counts).toEqual({ "deleted-on-request": 1 })
})

interface Damage {
  seed: (image: { digest: Digest; layer: Digest }) => void | Promise<unknown>
  isDeep?: boolean
  isFault?: boolean
  /** What --repair leaves of it. */
  left?: Partial<Record<FindingKind, number>>
}

const DAMAGES: Partial<Record<FindingKind, Damage>> = {
  "manifest-count": { seed: () => change("UPDATE repository SET manifest_count = 7"), left: {} },
  "manifest-body": { seed: () => change("DELETE FROM manifest_body") },
  "body-unused": { seed: () => change("INSERT INTO manifest_body VALUES ('sha256:0', x'00')") },
  "tag-dangling": {
    seed: () => {
      change("UPDATE tag SET digest = 'sha256:0'")
      change("UPDATE tag_history SET digest = 'sha256:0'")
    },
  },
  "reference-stray": { seed: () => change("INSERT INTO reference VALUES ('r', 'sha256:0', 'layer', 'sha256:1', 1)") },
  "history-odd": { seed: () => change("DELETE FROM tag") },
  "reference-missing": {
    seed: async ({ layer }) => {
      await store.remove({ digest: layer, generation: 0 })
      change(`DELETE FROM blob WHERE digest = '${layer}'`)
      change(`DELETE FROM link WHERE digest = '${layer}'`)
    },
  },
  "link-missing": { seed: ({ layer }) => change(`DELETE FROM link WHERE digest = '${layer}'`), left: {} },
  "link-dangling": {
    seed: async () => {
      const { digest } = await pushBlob("alone")
      change(`DELETE FROM blob WHERE digest = '${digest}'`)
      await store.remove({ digest, generation: 0 })
    },
  },
  "child-missing": {
    seed: async ({ digest }) => {
      await pushIndex("all", { digest, layer: digest, size: 1 })
      await metadata.tags.delete(repository, tagsOf("one")[0] ?? never(), { actor: "alice" })
      for (const table of ["manifest WHERE digest", "manifest_body WHERE digest", "reference WHERE manifest"]) {
        change(`DELETE FROM ${table} = '${digest}'`)
      }
      change("UPDATE repository SET manifest_count = 1")
    },
  },
  "blob-missing": { seed: ({ layer }) => rm(pathOf(layer)) },
  "deleted-missing": {
    seed: async ({ digest, layer }) => {
      await metadata.manifests.delete(repository, digest, { actor: "alice" })
      await rm(pathOf(layer))
    },
    isFault: false,
  },
  "garbage-missing": {
    seed: async () => {
      const { digest } = await pushBlob("alone")
      await rm(pathOf(digest))
    },
    isFault: false,
  },
  "blob-size": { seed: ({ layer }) => writeFile(pathOf(layer), "short"), left: { "damage-open": 1, quarantined: 1 } },
  "blob-damaged": {
    seed: ({ layer }) => writeFile(pathOf(layer), '"Layer of one"'),
    isDeep: true,
    left: { "damage-open": 1, quarantined: 1 },
  },
  "copy-damaged": {
    seed: async ({ layer }) => {
      condemnCopy(layer)
      await pushBlob("layer of one")
      await writeFile(pathOf(layer), '"Layer of one"')
    },
    isDeep: true,
    isFault: false,
  },
  "object-orphan": {
    seed: async () => {
      const digest = sha256(encode("orphan"))
      await store.append("stray", new Blob(["orphan"]).stream(), { algorithm: "sha256" })
      await store.complete("stray", { digest, generation: 0 })
    },
    isFault: false,
  },
  "upload-lost": {
    seed: async () => {
      const upload = newUpload(repository, { offset: 10 })
      await metadata.uploads.create(upload, { maxOpen: 10, activeSince: 0 })
      await metadata.uploads.update(upload.id, { algorithm: "sha256", offset: 10 })
    },
    isFault: false,
    left: {},
  },
  "upload-stray": {
    seed: async () => {
      await store.append("nobody", new Blob(["bytes"]).stream(), { algorithm: "sha256" })
      await utimes(join(root, "berth/uploads/nobody"), 1000, 1000)
    },
    isFault: false,
    left: {},
  },
}

test.each(Object.entries(DAMAGES) as [FindingKind, Damage][])(
  "%s is found, alone, and repaired where nothing is lost by it",
  async (kind, { seed, isDeep = false, isFault = true, left }) => {
    await seed(await pushImage("one"))
    const found = await run({ isDeep })
    expect(found.counts).toEqual({ [kind]: 1 })
    expect(found.faults).toBe(isFault ? 1 : 0)
    expect(found.findings[0]?.repair).toBe(left === undefined ? undefined : "possible")
    if (left === undefined) return
    // It has changed nothing.
    expect((await run({ isDeep })).counts).toEqual({ [kind]: 1 })
    await run({ isDeep, isRepair: true })
    expect((await run({ isDeep })).counts).toEqual(left)
  },
)

/** As the collector does with a blob that nothing needs; the next push of it makes another copy. */
function condemnCopy(digest: Digest): void {
  change(`UPDATE blob SET state = 'condemned', condemned_at = ${clock.now()} WHERE digest = '${digest}'`)
}

test.each([
  ["gone", (path: string) => rm(path)],
  ["shorter", (path: string) => writeFile(path, "short")],
] as const)(
  "a copy that is %s is no fault beside one that is served, and nothing of it is mended",
  async (_, damage) => {
    const { layer } = await pushImage("one")
    condemnCopy(layer)
    await pushBlob("layer of one")
    await damage(pathOf(layer))
    for (const isRepair of [false, true]) {
      expect(await run({ isRepair })).toMatchObject({ faults: 0, counts: { "copy-damaged": 1 } })
    }
    // The one that is served is judged by itself.
    await rm(pathOf(layer, "data.1"))
    expect(await run()).toMatchObject({ faults: 1, counts: { "copy-damaged": 1, "blob-missing": 1 } })
  },
)

test("a damaged copy that the collector is about to remove is a fault where it is the only one: it may be wanted again", async () => {
  const { layer } = await pushImage("one")
  condemnCopy(layer)
  await writeFile(pathOf(layer), '"Layer of one"')
  expect(await run({ isDeep: true })).toMatchObject({ faults: 1, counts: { "blob-damaged": 1 } })
})

/** As the collector does, whatever it should have seen. */
function takeAway(kind: "link" | "manifest", digest: Digest, reasons: string[]): void {
  change(`DELETE FROM ${kind} WHERE digest = '${digest}'`)
  for (const [index, reason] of reasons.entries()) {
    const row = `'${kind}', '${repository}', '${digest}', ${clock.now() + 1000 + index}, 'gc', '${reason}'`
    change(`INSERT INTO removal (kind, repository, digest, at, actor, reason) VALUES (${row})`)
  }
}

test("what the collector took and should not have is a fault, though its end is on record", async () => {
  const { digest, layer, size } = await pushImage("one")
  await pushIndex("all", { digest, size, layer })
  takeAway("link", layer, ["unreferenced"])
  expect(await run()).toMatchObject({ faults: 1, counts: { "link-missing": 1 } })
  expect(await run({ isRepair: true })).toMatchObject({ faults: 0 })
  expect((await run()).counts).toEqual({})
  await metadata.tags.delete(repository, tagsOf("one")[0] ?? never(), { actor: "alice" })
  await metadata.manifests.delete(repository, digest, { actor: "alice" })
  expect((await run()).counts).toEqual({ "deleted-on-request": 1 })
  takeAway("manifest", digest, ["untagged", "expired"])
  expect((await run()).counts).toMatchObject({ "child-missing": 1 })
})

test("a run of the collector, whatever is waived, is no fault", async () => {
  const image = await pushImage("one")
  await pushIndex("all", image)
  await metadata.tags.delete(repository, tagsOf("one")[0] ?? never(), { actor: "alice" })
  const later = clock.now() + 1000
  const cutoffs = { touchedBefore: later, deletedBefore: later, untaggedBefore: later, held: [], limit: 100 }
  for (const kind of ["manifest", "untagged", "link", "blob"] as const) await metadata.gc.review(kind, cutoffs)
  expect((await run()).faults).toBe(0)
})

test("what only a deleted manifest names is told apart, as what a manifest of another repository names is", async () => {
  const { digest, layer } = await pushImage("one")
  const { digest: alone } = await pushBlob("alone")
  await metadata.manifests.delete(repository, digest, { actor: "alice" })
  await rm(pathOf(layer))
  await rm(pathOf(alone))
  change(`INSERT INTO reference VALUES ('other', '${digest}', 'layer', '${alone}', 1)`)
  const { counts } = await run()
  expect(counts).toMatchObject({ "deleted-missing": 1, "garbage-missing": 1 })
})

test("each blob is one object, and so is what is stored beside the blobs", async () => {
  await pushImage("one")
  const seen: number[] = []
  const look = async () =>
    (await fsck.run({ isDeep: true, isRepair: false, signal, onProgress: (n) => seen.push(n) })).objects
  expect(await look()).toBe(2)
  expect(seen).toEqual([2])
  await store.append("stray", new Blob(["orphan"]).stream(), { algorithm: "sha256" })
  await store.complete("stray", { digest: sha256(encode("orphan")), generation: 0 })
  expect(await look()).toBe(3)
  expect((await run()).objects).toBe(3)
})

test("a wrong size in the database is corrected by the bytes", async () => {
  const { layer } = await pushImage("one")
  change(`UPDATE blob SET size = 3 WHERE digest = '${layer}'`)
  expect((await run()).counts).toEqual({ "blob-size": 1 })
  expect(await run({ isRepair: true })).toMatchObject({ faults: 0, counts: { "blob-size": 1 } })
  expect(await run({ isDeep: true })).toMatchObject({ faults: 0, counts: {} })
})

test("pushes and deletes while it runs are no findings", async () => {
  const over = new AbortController()
  const traffic = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      const image = await pushImage(`tag-${n % 5}`)
      if (n % 3 === 0) await metadata.manifests.delete(repository, image.digest, { actor: "alice" })
    }
  })()
  for (let round = 0; round < 10; round++) expect(await run({ isDeep: true })).toMatchObject({ faults: 0 })
  over.abort()
  await traffic
})

function never(): never {
  throw new Error("there is always one")
}
