import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { randomIds as ids } from "../adapters/ids/random.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { pauseForOthers as pause } from "../adapters/pause/event-loop.ts"
import { digestOf } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { LinkTree } from "../ports/link-tree.ts"
import { createManualClock, newManifest } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createDistributionTree, type DistributionTree } from "../../test/support/distribution-tree.ts"
import { createScratch, type Scratch } from "../../test/support/scratch.ts"
import { createAdoption, type Adoption } from "./adoption.ts"
import { createExports, type Exports } from "./exports.ts"

const LIMITS = { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 }
const app = parseRepositoryName("team/app")
const [latest, other] = [parseTag("latest"), parseTag("other")]
const { signal } = new AbortController()
const clock = createManualClock(Date.now())

let scratch: Scratch
let tree: DistributionTree
let metadata: Metadata
let store: BlobStore
let adoption: Adoption
let exports: Exports
/** Whatever a test puts in the place of a call. */
let faults: Partial<LinkTree>

/** As after a restart: nothing is known but what is stored. */
async function open(): Promise<void> {
  faults = {}
  const plain = createFilesystemLinkTree(createDiskFiles(), scratch.path)
  const links: LinkTree = new Proxy(plain, { get: (target, name) => Reflect.get({ ...target, ...faults }, name) })
  const { adoption: records, repositories, manifests } = metadata
  adoption = createAdoption({ links, store, records, repositories, clock, pause, limits: LIMITS })
  exports = createExports({
    records: metadata.exports,
    blobs: metadata.blobs,
    gc: { hold: () => Promise.resolve(() => undefined) },
    manifests,
    store,
    links,
    ids,
    adoption,
  })
  await adoption.open()
}

beforeEach(async () => {
  scratch = createScratch("berth-exports")
  tree = createDistributionTree(scratch.path)
  metadata = await createMetadata({ path: join(scratch.path, "metadata.db"), clock })
  store = await createFilesystemBlobStore({ root: scratch.path, threads: 1, files: createDiskFiles() })
  await open()
})

afterEach(async () => {
  await metadata.close()
  await store.close()
  scratch[Symbol.dispose]()
})

const runExport = () => exports.run({ signal, progress: () => undefined })
const adopt = () => adoption.run({ isFull: false, signal })
const findDigest = async (tag = latest) => (await metadata.tags.find(app, tag))?.digest as unknown
const plainLinks = () => createFilesystemLinkTree(createDiskFiles(), scratch.path)
const readLink = async (tag = latest) => {
  const link = await plainLinks().read(app, { kind: "tag", name: tag })
  return link.is === "link" ? (link.digest as unknown) : undefined
}

async function push(tag = latest): Promise<string> {
  const manifest = newManifest(app, { tags: [tag] })
  await metadata.manifests.put(manifest)
  return manifest.digest
}

describe("an export that fails in the middle", () => {
  test("brings nothing back that is deleted afterwards", async () => {
    await push(latest)
    await push(other)
    faults.write = async (repository, key, digest) => {
      if (key.kind === "tag" && key.name === other) throw new Error("the disk is full")
      return plainLinks().write(repository, key, digest)
    }
    expect(await runExport().catch(String)).toContain("the disk is full")
    expect(await readLink()).toBeDefined()
    await metadata.tags.delete(app, latest, { actor: "bob" })
    faults = {}
    await runExport()
    expect(await findDigest()).toBeUndefined()
    expect(await readLink()).toBeUndefined()
  })

  test("takes nothing away that is pushed again afterwards", async () => {
    const image = tree.putImage("team/app", "one")
    tree.tag("team/app", latest, image.digest)
    tree.tag("team/app", other, image.digest)
    await adopt()
    await metadata.tags.delete(app, latest, { actor: "bob" })
    await metadata.tags.delete(app, other, { actor: "bob" })
    faults.remove = async (repository, key) => {
      if (key.name === other) throw new Error("it cannot be removed")
      return plainLinks().remove(repository, key)
    }
    await runExport().catch(() => undefined)
    expect(await readLink()).toBeUndefined()
    const manifest = newManifest(app, { tags: [latest] })
    await metadata.manifests.put(manifest)
    await metadata.tags.delete(app, latest, { actor: "bob" })
    // The very manifest that the tag named when the directory was taken over.
    const bytes = await Bun.file(tree.blobPath(image.digest)).bytes()
    await metadata.manifests.put({ ...manifest, digest: image.digest as never, bytes, sizeBytes: bytes.length })
    faults = {}
    await runExport()
    expect(await findDigest()).toBe(image.digest)
    expect(await readLink()).toBe(image.digest)
  })
})

describe("a push during an export", () => {
  test("is kept when the export is killed behind it", async () => {
    tree.tag("team/app", latest, tree.putImage("team/app", "one").digest)
    await adopt()
    await push()
    let newest: string | undefined
    faults.write = async (repository, key, digest) => {
      if (key.kind !== "tag") return plainLinks().write(repository, key, digest)
      newest = await push()
      await plainLinks().write(repository, key, digest)
      throw new Error("killed")
    }
    // Links are written later than what they say was pushed.
    clock.advance(-3_600_000)
    await runExport().catch(() => undefined)
    await open()
    const report = await adopt()
    expect(report?.problems).toEqual({})
    expect(await findDigest()).toBe(newest)
  })
})

test("a tag whose manifest is pushed during an export is written with it, and stays", async () => {
  await push(other)
  let pushed: string | undefined
  faults.write = async (repository, key, digest) => {
    // All manifests were listed.
    pushed ??= await push()
    await plainLinks().write(repository, key, digest)
  }
  expect(await runExport()).toMatchObject({ tags: 2, manifests: 2, written: 4 })
  expect(await readLink()).toBe(pushed)
  expect(await plainLinks().read(app, { kind: "manifest", name: String(pushed) })).toMatchObject({ is: "link" })
  await open()
  await adopt()
  expect(await findDigest()).toBe(pushed)
})

test("a look at the directory waits for an export, and finds what it wrote", async () => {
  tree.tag("team/app", latest, tree.putImage("team/app", "one").digest)
  await adopt()
  const [moved, added] = [await push(latest), await push(other)]
  let looking: Promise<unknown> | undefined
  const exported = Promise.withResolvers<void>()
  faults.write = async (repository, key, digest) => {
    if (key.kind === "tag" && looking === undefined) {
      looking = adoption.run({ isFull: true, signal })
      // What it saw before the link is written it merges after.
      faults.read = async (...asked) => {
        const link = await plainLinks().read(...asked)
        if (asked[1].name === latest) await exported.promise
        return link
      }
      await Bun.sleep(50)
    }
    await plainLinks().write(repository, key, digest)
  }
  await runExport()
  exported.resolve()
  await looking
  expect([await findDigest(latest), await findDigest(other)]).toEqual([moved, added])
})

describe("a directory of which parts are missing", () => {
  const repositories = () => join(scratch.path, "docker/registry/v2/repositories")

  beforeEach(async () => {
    for (const tag of ["a", "b", "c"]) tree.tag("team/app", tag, tree.putImage("team/app", tag).digest)
    await adopt()
  })

  const lose = async (path: string) => {
    rmSync(join(repositories(), "team/app", path), { recursive: true })
    await open()
    return (await adopt())?.problems
  }
  const count = async () => (await metadata.tags.list(app, { limit: 10 })).items.length

  test("loses no tags: docker-registry does not delete them so", async () => {
    expect(await lose("_manifests")).toEqual({ "link-lost": 6 })
    expect(await count()).toBe(3)
  })

  test("nor with the directory of its tags, of its manifests or of one tag's link", async () => {
    expect(await lose("_manifests/tags/a/current/link")).toEqual({ "link-lost": 1 })
    expect(await lose("_manifests/tags")).toEqual({ "link-lost": 3 })
    expect(await lose("_manifests/revisions/sha256")).toEqual({ "link-lost": 6 })
    expect(await lose("_layers")).toEqual({ "link-lost": 12 })
    expect(await count()).toBe(3)
    expect(await metadata.repositories.findManifestCount(app)).toBe(3)
  })

  test("keeps a tag that is asked for before its turn", async () => {
    rmSync(join(repositories(), "team/app/_manifests/tags"), { recursive: true })
    await open()
    await adoption.ensure(app, { kind: "tag", name: "a" })
    expect(await findDigest(parseTag("a"))).toBeDefined()
  })

  test("is whole again after an export", async () => {
    await lose("_manifests")
    expect(await runExport()).toMatchObject({ tags: 3, written: 6, removed: 0 })
    await open()
    expect((await adopt())?.problems).toEqual({})
    expect(await readLink(parseTag("a"))).toBeDefined()
  })

  test("lacks every tag that was deleted one by one", async () => {
    for (const tag of ["a", "b", "c"]) tree.remove("team/app", "tag", tag)
    await open()
    expect((await adopt())?.problems).toEqual({})
    expect(await count()).toBe(0)
  })
})

test("a blob that was pushed anew while its first copy was given up is brought back to where distribution looks", async () => {
  await adopt()
  const digest = digestOf("sha256", createHash("sha256").update("anew").digest("hex"))
  const bytes = new TextEncoder().encode("anew")
  await store.append("u", new Blob([bytes]).stream(), { algorithm: "sha256" })
  await store.complete("u", { digest, generation: 1 })
  await metadata.blobs.put({ digest, generation: 1, sizeBytes: 4 }, { repository: app })
  await runExport()
  expect(await store.verify({ digest, generation: 0 })).toBe(true)
  expect(await metadata.blobs.find(app, digest)).toMatchObject({ generation: 0, sizeBytes: 4 })
  expect((await metadata.gc.explain(digest)).copies).toMatchObject([{ state: "live" }, { state: "condemned" }])
  expect(await plainLinks().read(app, { kind: "blob", name: digest })).toMatchObject({ is: "link", digest })
})
