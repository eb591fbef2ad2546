import { beforeEach, describe, expect, test } from "bun:test"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseDigest } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import { newManifest } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { OCI_INDEX, OCI_MANIFEST } from "../../test/support/distribution-tree.ts"
import { createAdoptingMetadata } from "./adopting-metadata.ts"
import { dump, takeOverForEach, type AdoptionScene } from "./adoption-testing.ts"

const app = parseRepositoryName("team/app")
const latest = parseTag("latest")
const { signal } = new AbortController()

let { scratch, tree, metadata, adoption } = {} as AdoptionScene
const { open, openStorage, closeStorage } = takeOverForEach((scene) => ({ scratch, tree, metadata, adoption } = scene))

const run = (isFull = false) => adoption.run({ isFull, signal })
const digestOfTag = async (tag = latest, repository = app) =>
  (await metadata.tags.find(repository, tag))?.digest as unknown

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
    const { base } = dump({ scratch }) as { base: { kind: string; name: string }[] }
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
    const { history } = dump({ scratch }) as { history: { tag: string; actor: string }[] }
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
    expect((dump({ scratch }) as { history: unknown[] }).history).toHaveLength(2)
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
    const resumed = dump({ scratch })
    await closeStorage()
    for (const name of ["metadata.db", "metadata.db-wal", "metadata.db-shm"])
      rmSync(join(scratch.path, name), { force: true })
    await openStorage()
    const whole = await run()
    expect(resumed).toEqual(dump({ scratch }))
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
