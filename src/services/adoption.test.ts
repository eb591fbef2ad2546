import { describe, expect, test } from "bun:test"
import { existsSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import type { Problem } from "../domain/adoption.ts"
import { parseDigest } from "../domain/digest.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import { OCI_INDEX, OCI_MANIFEST } from "../../test/support/distribution-tree.ts"
import { dump, LIMITS, takeOverForEach, type AdoptionScene } from "./adoption-testing.ts"

const app = parseRepositoryName("team/app")
const latest = parseTag("latest")
const { signal } = new AbortController()

let { scratch, tree, metadata, adoption } = {} as AdoptionScene
const { open } = takeOverForEach((scene) => ({ scratch, tree, metadata, adoption } = scene))

const run = (isFull = false) => adoption.run({ isFull, signal })
const digestOfTag = async (tag = latest, repository = app) =>
  (await metadata.tags.find(repository, tag))?.digest as unknown

async function listProblems(): Promise<Problem[]> {
  return (await metadata.adoption.listProblems({ limit: 100 })).items
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
    const { blobs } = dump({ scratch }) as { blobs: { verified_at: unknown }[] }
    expect(blobs.map((blob) => blob.verified_at)).toEqual([null, null])
  })

  test("keeps where its tags pointed before, by time", async () => {
    const [one, two, three] = ["one", "two", "three"].map((text) => tree.putImage("team/app", text).digest)
    tree.tag("team/app", "latest", two ?? "", 1000)
    tree.tag("team/app", "latest", one ?? "", 2000)
    tree.tag("team/app", "latest", three ?? "", 3000)
    await run()
    const { history } = dump({ scratch }) as { history: unknown[] }
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

test("nothing that docker-registry wrote is changed", async () => {
  const one = tree.putImage("team/app", "one")
  tree.tag("team/app", "latest", one.digest)
  const { mtimeMs, ino } = await Bun.file(tree.blobPath(one.layer)).stat()
  await run()
  expect(await Bun.file(tree.blobPath(one.layer)).stat()).toMatchObject({ mtimeMs, ino })
  expect(existsSync(tree.linkPath("team/app", "tag", "latest"))).toBe(true)
})
