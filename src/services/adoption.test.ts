import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { Database } from "bun:sqlite"
import { existsSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { pauseForOthers as pause } from "../adapters/pause/event-loop.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import type { Problem } from "../domain/adoption.ts"
import { parseDigest } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { createManualClock, newManifest } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import {
  createDistributionTree,
  OCI_INDEX,
  OCI_MANIFEST,
  type DistributionTree,
} from "../../test/support/distribution-tree.ts"
import { createScratch, type Scratch } from "../../test/support/scratch.ts"
import { createAdoptingMetadata } from "./adopting-metadata.ts"
import { createAdoption, type Adoption } from "./adoption.ts"

const LIMITS = { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 }
const app = parseRepositoryName("team/app")
const latest = parseTag("latest")
const { signal } = new AbortController()

let scratch: Scratch
let tree: DistributionTree
let metadata: Metadata
let store: BlobStore
let adoption: Adoption

const clock = createManualClock(1_700_000_000_000)

async function openStorage(): Promise<void> {
  metadata = await createMetadata({ path: join(scratch.path, "metadata.db"), clock })
  store = await createFilesystemBlobStore({ root: scratch.path, threads: 1, files: createDiskFiles() })
  await open()
}

/** As after a restart: nothing is known but what the database has. */
async function open(): Promise<void> {
  const links = createFilesystemLinkTree(createDiskFiles(), scratch.path)
  const { adoption: records, repositories } = metadata
  adoption = createAdoption({ links, store, records, repositories, clock, pause, limits: LIMITS })
  await adoption.open()
}

async function closeStorage(): Promise<void> {
  await metadata.close()
  await store.close()
}

beforeEach(async () => {
  scratch = createScratch("berth-adoption")
  tree = createDistributionTree(scratch.path)
  await openStorage()
})

afterEach(async () => {
  await closeStorage()
  scratch[Symbol.dispose]()
})

const run = (isFull = false) => adoption.run({ isFull, signal })
const digestOfTag = async (tag = latest, repository = app) =>
  (await metadata.tags.find(repository, tag))?.digest as unknown

async function listProblems(): Promise<Problem[]> {
  return (await metadata.adoption.listProblems({ limit: 100 })).items
}

/** Everything that the database has of the directory, but for when it was written. */
function dump(): unknown {
  const database = new Database(join(scratch.path, "metadata.db"), { readonly: true })
  const list = (sql: string) => database.query(sql).all()
  const all = {
    repositories: list("SELECT name, manifest_count FROM repository ORDER BY name"),
    manifests: list("SELECT repository, digest, media_type, size, subject, created_at FROM manifest ORDER BY 1, 2"),
    references: list("SELECT * FROM reference ORDER BY repository, manifest, kind, digest"),
    tags: list("SELECT repository, name, digest, updated_at FROM tag ORDER BY 1, 2"),
    history: list("SELECT repository, tag, digest, previous, at FROM tag_history ORDER BY repository, tag, at, id"),
    blobs: list("SELECT digest, generation, size, verified_at FROM blob ORDER BY digest"),
    links: list("SELECT repository, digest FROM link ORDER BY 1, 2"),
    base: list("SELECT * FROM adopted ORDER BY repository, kind, name"),
    problems: list("SELECT * FROM adoption_problem ORDER BY id"),
  }
  database.close()
  return all
}

describe("a directory that docker-registry wrote", () => {
  test("is there as it was: repositories, tags, manifests, blobs", async () => {
    const [one, two] = [tree.putImage("team/app", "one"), tree.putImage("library/deep/er/name", "two")]
    const index = tree.putManifest("team/app", {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: one.digest, size: 10 }],
    })
    tree.tag("team/app", "1.0", one.digest)
    tree.tag("team/app", "latest", index, 1_650_000_000)
    tree.tag("library/deep/er/name", "latest", two.digest)
    await open()
    expect(adoption.isPartial()).toBe(true)
    expect(adoption.isSettled()).toBe(false)
    const report = await run()
    expect(report?.counts).toEqual({ repositories: 2, tags: 3, manifests: 3, blobs: 4, uploads: 0, changes: 10 })
    expect(report?.problems).toEqual({})
    expect(adoption.isPartial()).toBe(false)
    expect(adoption.isSettled()).toBe(true)
    expect((await metadata.repositories.list({ limit: 10 })).items.map(String)).toEqual([
      "library/deep/er/name",
      "team/app",
    ])
    expect(await metadata.tags.find(app, latest)).toMatchObject({ digest: parseDigest(index), mediaType: OCI_INDEX })
    expect(await metadata.manifests.find(app, parseDigest(one.digest))).toMatchObject({ mediaType: OCI_MANIFEST })
    expect(await metadata.blobs.find(app, parseDigest(one.layer))).toMatchObject({ generation: 0, sizeBytes: 9 })
    expect(await metadata.blobs.find(app, parseDigest(two.layer))).toBeUndefined()
  })

  test("counts as unread: no blob of it is verified", async () => {
    tree.putImage("team/app", "one")
    await run()
    const { blobs } = dump() as { blobs: { verified_at: unknown }[] }
    expect(blobs.map((blob) => blob.verified_at)).toEqual([null, null])
  })

  test("keeps where its tags pointed before, by time", async () => {
    const [one, two, three] = ["one", "two", "three"].map((text) => tree.putImage("team/app", text).digest)
    tree.tag("team/app", "latest", two ?? "", 1000)
    tree.tag("team/app", "latest", one ?? "", 2000)
    tree.tag("team/app", "latest", three ?? "", 3000)
    await run()
    const { history } = dump() as { history: unknown[] }
    const row = (digest = "", previous: string | null = null, at = 0) => ({
      repository: app,
      tag: latest,
      digest,
      previous,
      at,
    })
    expect(history).toEqual([row(two, null, 1_000_000), row(one, two, 2_000_000), row(three, one, 3_000_000)] as never)
  })

  test("lists what refers to an image", async () => {
    const one = tree.putImage("team/app", "one")
    const subject = { mediaType: OCI_MANIFEST, digest: one.digest, size: 10 }
    const signature = tree.putImage("team/app", "signature", { subject, artifactType: "application/sig" })
    await run()
    const { items } = await metadata.referrers.list(app, parseDigest(one.digest), { limit: 10 })
    expect(items.map(({ digest, artifactType }) => [String(digest), artifactType])).toEqual([
      [signature.digest, "application/sig"],
    ])
  })

  test("that is not there is nothing to wait for", async () => {
    expect(await run()).toBeUndefined()
    expect(adoption.isSettled()).toBe(true)
    expect(adoption.ensure(app)).toBeUndefined()
  })
})

describe("what is wrong with it", () => {
  test("is reported, and everything else is there", async () => {
    const good = tree.putImage("team/app", "good")
    tree.tag("team/app", "good", good.digest)
    // Links.
    for (const tag of ["empty", "garbage", "gone", "no-data"]) tree.tag("team/app", tag, good.digest)
    writeFileSync(tree.linkPath("team/app", "tag", "empty"), "")
    writeFileSync(tree.linkPath("team/app", "tag", "garbage"), "sha256:1234")
    const gone = tree.putImage("team/app", "gone")
    tree.tag("team/app", "gone", gone.digest)
    tree.remove("team/app", "manifest", gone.digest)
    // Bytes.
    const noData = tree.putImage("team/app", "no data")
    tree.tag("team/app", "no-data", noData.digest)
    rmSync(tree.blobPath(noData.digest))
    const noLayer = tree.putImage("team/app", "no layer")
    rmSync(tree.blobPath(noLayer.layer))
    const noLink = tree.putImage("team/app", "no link")
    tree.remove("team/app", "blob", noLink.layer)
    const cut = tree.putImage("team/app", "cut")
    truncateSync(tree.blobPath(cut.layer), 3)
    const dangling = tree.putBlob("dangling")
    tree.link("team/app", dangling)
    rmSync(tree.blobPath(dangling))
    const changed = tree.putImage("team/app", "changed")
    writeFileSync(tree.blobPath(changed.digest), "{}")
    // Contents.
    tree.putManifest("team/app", { schemaVersion: 1, name: "old", fsLayers: [{ blobSum: good.layer }] })
    tree.putManifest("team/app", "no manifest")
    const wrongSize = [{ mediaType: "application/x", digest: good.layer, size: 77 }]
    tree.putImage("team/app", "good", { layers: wrongSize })
    tree.putImage("team/app", "good", { Layers: [] })
    const missing = { mediaType: OCI_MANIFEST, digest: `sha256:${"0".repeat(64)}`, size: 7 }
    tree.putManifest("team/app", { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [missing] })
    const large = `{"schemaVersion":2${" ".repeat(LIMITS.manifestBytes)}}`
    tree.putManifest("team/app", large)
    const report = await run()
    expect(report?.problems).toEqual({
      "link-empty": 1,
      "link-damaged": 1,
      "tag-unresolved": 2,
      "manifest-missing": 1,
      "blob-missing": 1,
      "blob-unlinked": 1,
      "blob-damaged": 1,
      "link-dangling": 1,
      "manifest-damaged": 1,
      "manifest-schema1": 1,
      "manifest-unknown": 1,
      "manifest-odd": 1,
      "manifest-incomplete": 1,
      "manifest-too-large": 1,
      "size-odd": 1,
    })
    const tags = await metadata.tags.list(app, { limit: 10 })
    expect(tags.items.map(String)).toEqual(["good"])
    expect(await metadata.blobs.find(app, parseDigest(good.layer))).toMatchObject({ sizeBytes: 10 })
    // Served as damaged: its size is not that of the file.
    expect(await metadata.blobs.find(app, parseDigest(cut.layer))).toMatchObject({ sizeBytes: 9 })
    expect(await metadata.blobs.find(app, parseDigest(noLayer.layer))).toBeUndefined()
    expect(await metadata.blobs.find(app, parseDigest(noLink.layer))).toBeUndefined()
    expect((await listProblems()).find(({ kind }) => kind === "link-empty")).toEqual({
      kind: "link-empty",
      path: "docker/registry/v2/repositories/team/app/_manifests/tags/empty/current/link",
    })
  })

  test("is found again by a full run, and forgotten where it is mended", async () => {
    const image = tree.putImage("team/app", "one")
    writeFileSync(tree.blobPath(image.layer), "cut")
    tree.tag("team/app", "empty", image.digest)
    writeFileSync(tree.linkPath("team/app", "tag", "empty"), "")
    await run()
    const first = await listProblems()
    expect(first.map(({ kind }) => kind)).toEqual(["blob-damaged", "link-empty"])
    await open()
    await run()
    await run(true)
    expect(await listProblems()).toEqual(first)
    tree.tag("team/app", "empty", image.digest)
    await run(true)
    expect((await listProblems()).map(({ kind }) => kind)).toEqual(["blob-damaged"])
    expect(await digestOfTag(parseTag("empty"))).toBe(image.digest)
  })
})

describe("while it is being taken over", () => {
  let adopting: Metadata

  beforeEach(async () => {
    const one = tree.putImage("team/app", "one")
    const index = tree.putManifest("team/app", {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: one.digest, size: 10 }],
    })
    tree.tag("team/app", "latest", index)
    tree.tag("team/app", "one", one.digest)
    await open()
    adopting = createAdoptingMetadata(metadata, adoption)
  })

  test("a tag that is asked for is taken over at once, with all that it names", async () => {
    const found = await adopting.tags.find(app, latest)
    expect(found?.mediaType).toBe(OCI_INDEX)
    const { base } = dump() as { base: { kind: string; name: string }[] }
    expect(base.map(({ kind }) => kind)).toEqual(["blob", "blob", "manifest", "manifest", "tag"])
    expect(await adopting.tags.find(app, parseTag("two"))).toBeUndefined()
    expect(adoption.isSettled()).toBe(false)
  })

  test("so are manifests and blobs by digest", async () => {
    const one = tree.putImage("team/app", "one")
    expect(await adopting.blobs.find(app, parseDigest(one.layer))).toMatchObject({ sizeBytes: 9 })
    expect(await adopting.manifests.find(app, parseDigest(one.digest))).toBeDefined()
    expect(await adopting.blobs.mount(parseDigest(one.config), { from: app, to: parseRepositoryName("other") })).toBe(
      true,
    )
  })

  test("a listing waits for its repository", async () => {
    expect((await adopting.tags.list(app, { limit: 10 })).items.map(String)).toEqual(["latest", "one"])
    expect(await adopting.repositories.exists(parseRepositoryName("none"))).toBe(false)
  })

  test("a push goes on top of what is there", async () => {
    const one = tree.putImage("team/app", "one")
    const pushed = newManifest(app, {
      tags: [latest],
      references: [{ kind: "layer", digest: parseDigest(one.layer), sizeBytes: 9, isRequired: true }],
    })
    expect(await adopting.manifests.put(pushed)).toEqual({ missing: [] })
    await run()
    expect(await digestOfTag()).toBe(pushed.digest)
    const { history } = dump() as { history: { tag: string; actor: string }[] }
    expect(history.filter(({ tag }) => tag === "latest")).toHaveLength(2)
  })

  test("a manifest that is deleted goes with every tag, and does not come back", async () => {
    const one = tree.putImage("team/app", "one")
    expect(await adopting.manifests.delete(app, parseDigest(one.digest), { actor: "bob" })).toBe(true)
    await run()
    expect((await metadata.tags.list(app, { limit: 10 })).items.map(String)).toEqual(["latest"])
  })

  test("requests and the run do the same work once", async () => {
    const results = await Promise.all([
      run(),
      run(),
      ...Array.from({ length: 20 }, () => adopting.tags.list(app, { limit: 10 })),
      ...Array.from({ length: 20 }, () => adopting.tags.find(app, latest)),
    ])
    expect(results[0]).toBe(results[1] as never)
    expect((dump() as { history: unknown[] }).history).toHaveLength(2)
  })

  test("stopping it in the middle and beginning anew ends as one run does", async () => {
    for (let n = 0; n < 40; n++) tree.tag("team/app", `t${n}`, tree.putImage("team/app", `image ${n}`).digest)
    for (let n = 0; n < 20; n++) tree.tag(`more/r${n}`, "latest", tree.putImage(`more/r${n}`, `image ${n}`).digest)
    writeFileSync(tree.linkPath("more/r3", "tag", "latest"), "")
    for (let stops = 0; stops < 5; stops++) {
      const controller = new AbortController()
      const interrupted = adoption.run({ isFull: false, signal: controller.signal })
      await Bun.sleep(3)
      controller.abort()
      await interrupted.catch(() => undefined)
      await open()
    }
    const report = await run()
    const resumed = dump()
    await closeStorage()
    for (const name of ["metadata.db", "metadata.db-wal", "metadata.db-shm"])
      rmSync(join(scratch.path, name), { force: true })
    await openStorage()
    const whole = await run()
    expect(resumed).toEqual(dump())
    expect({ ...report?.counts, changes: 0 }).toEqual({
      repositories: 0,
      tags: 0,
      manifests: 0,
      blobs: 0,
      uploads: 0,
      ...whole?.counts,
      changes: 0,
    })
    expect(report?.problems).toEqual({ "link-empty": 1 })
  })
})

describe("a directory that docker-registry has served again in between", () => {
  test("has what was pushed, moved and deleted there, and what was pushed and deleted here", async () => {
    const [one, two, three] = ["one", "two", "three"].map((text) => tree.putImage("team/app", text))
    if (!one || !two || !three) throw new Error("unreachable")
    for (const tag of ["stays", "moves", "goes", "ours-moves", "ours-goes"]) tree.tag("team/app", tag, one.digest)
    await run()
    const ours = newManifest(app, { tags: [parseTag("ours-moves"), parseTag("ours-new")] })
    await metadata.manifests.put(ours)
    await metadata.tags.delete(app, parseTag("ours-goes"), { actor: "bob" })
    tree.tag("team/app", "moves", two.digest, 1_600_000_001)
    tree.tag("team/app", "new", three.digest)
    tree.remove("team/app", "tag", "goes")
    await open()
    const adopting = createAdoptingMetadata(metadata, adoption)
    // Right after the swap, before anything was looked at.
    expect((await adopting.tags.find(app, parseTag("moves")))?.digest).toBe(two.digest as never)
    expect((await adopting.tags.find(app, parseTag("new")))?.digest).toBe(three.digest as never)
    expect(await adopting.tags.find(app, parseTag("goes"))).toBeUndefined()
    expect((await adopting.tags.find(app, parseTag("ours-moves")))?.digest).toBe(ours.digest)
    await run()
    const tags = (await metadata.tags.list(app, { limit: 10 })).items.map(String)
    expect(tags).toEqual(["moves", "new", "ours-moves", "ours-new", "stays"])
    expect(await digestOfTag(parseTag("ours-moves"))).toBe(ours.digest)
  })

  test("has a tag again that points to a manifest which was deleted here", async () => {
    const [one, two] = [tree.putImage("team/app", "one"), tree.putImage("team/app", "two")]
    tree.tag("team/app", "latest", one.digest)
    await run()
    await metadata.manifests.delete(app, parseDigest(two.digest), { actor: "bob" })
    await metadata.blobs.unlink(app, parseDigest(two.layer), { actor: "bob" })
    tree.tag("team/app", "latest", two.digest)
    await open()
    await run()
    expect(await digestOfTag()).toBe(two.digest)
    expect(await metadata.blobs.find(app, parseDigest(two.layer))).toBeDefined()
  })

  test("lacks a manifest that was deleted there, with the tags that were left behind", async () => {
    const [one, two] = [tree.putImage("team/app", "one"), tree.putImage("team/app", "two")]
    tree.tag("team/app", "latest", one.digest)
    tree.tag("team/app", "two", two.digest)
    await run()
    tree.remove("team/app", "manifest", one.digest)
    tree.remove("team/app", "blob", one.layer)
    await open()
    const report = await run()
    expect(report?.problems).toEqual({ "tag-unresolved": 1 })
    expect(await digestOfTag()).toBeUndefined()
    expect(await metadata.manifests.find(app, parseDigest(one.digest))).toBeUndefined()
    expect(await metadata.blobs.find(app, parseDigest(one.layer))).toBeUndefined()
    expect(await digestOfTag(parseTag("two"))).toBe(two.digest)
  })

  test("keeps a repository whose directory somebody removed", async () => {
    const one = tree.putImage("team/app", "one")
    tree.tag("team/app", "latest", one.digest)
    tree.putImage("other", "two")
    await run()
    rmSync(join(scratch.path, "docker/registry/v2/repositories/team"), { recursive: true })
    await open()
    const adopting = createAdoptingMetadata(metadata, adoption)
    expect((await adopting.tags.list(app, { limit: 10 })).items).toHaveLength(1)
    expect(await adopting.tags.find(app, latest)).toBeDefined()
    await run()
    expect(await digestOfTag()).toBe(one.digest)
  })

  test("costs no write where nothing was changed", async () => {
    tree.tag("team/app", "latest", tree.putImage("team/app", "one").digest)
    await run()
    await open()
    const before = metadata.countWrites().total
    expect((await run())?.counts).toMatchObject({ tags: 1, manifests: 1, blobs: 2, changes: 0 })
    expect(metadata.countWrites().total).toBe(before)
  })
})

test("nothing that docker-registry wrote is changed", async () => {
  const one = tree.putImage("team/app", "one")
  tree.tag("team/app", "latest", one.digest)
  const { mtimeMs, ino } = await Bun.file(tree.blobPath(one.layer)).stat()
  await run()
  expect(await Bun.file(tree.blobPath(one.layer)).stat()).toMatchObject({ mtimeMs, ino })
  expect(existsSync(tree.linkPath("team/app", "tag", "latest"))).toBe(true)
})
