import { expect } from "bun:test"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createDistributionTree } from "../support/distribution-tree.ts"
import { run } from "./support/command.ts"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { startDockerRegistry } from "./support/docker-registry.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { findDigest, request } from "./support/registry-content.ts"
import type { Registry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("docker-registry", "skopeo")
const scratch = shareScratch("adoption")
const images = createSampleImages(join(scratch, "images"))
const skopeo = createSkopeo(join(scratch, "skopeo"))

putImageWithHistory()

/** Schema 1 is made of the history, so the sample images cannot be turned into it. */
function putImageWithHistory(): void {
  const { layout } = images
  const { descriptor, diffId } = layout.putLayer([{ path: "etc/old", content: Buffer.from("old") }])
  const putJson = (mediaType: string, value: object) => layout.putBlob(mediaType, Buffer.from(JSON.stringify(value)))
  const config = putJson("application/vnd.oci.image.config.v1+json", {
    os: "linux",
    architecture: "amd64",
    config: {},
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: "2020-01-01T00:00:00Z" }],
  })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  layout.tag("old", putJson(mediaType, { schemaVersion: 2, mediaType, config, layers: [descriptor] }))
}

const copy = (r: Registry, from: string, to: string, ...options: string[]) =>
  skopeo.run([
    "copy",
    "--all",
    ...options,
    ...trust(r, "dest-"),
    `oci:${images.layout.path}:${from}`,
    `docker://${r.host}/${to}`,
  ])

async function pullAll(r: Registry, image: string): Promise<string[]> {
  const back = join(scratch, crypto.randomUUID())
  await skopeo.run(["copy", "--all", ...trust(r, "src-"), `docker://${r.host}/${image}`, `oci:${back}:back`])
  const blobs = listLayoutBlobs(back)
  rmSync(back, { recursive: true })
  return blobs
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(20)
}

interface AdoptionView {
  state: string
  report?: { counts: Record<string, number>; problems: Record<string, number> }
}

/** Waits for the end of the run that every start begins. */
async function readState(berth: Berth): Promise<AdoptionView> {
  let view: AdoptionView | undefined
  await until(async () => {
    const unix = join(berth.root, "berth/control.sock")
    // The socket is there a moment after the port.
    const answer = await fetch("http://berth/api/v1/adoption", { unix }).catch(() => undefined)
    view = (await answer?.json()) as AdoptionView | undefined
    return view?.state === "idle"
  })
  return view ?? { state: "unknown" }
}

test("what docker-registry has, Berth serves byte for byte from the same directory, right from its start", async () => {
  const root = join(scratch, "whole")
  const expected: Record<string, string[]> = {}
  {
    await using r = await startDockerRegistry(root)
    await copy(r, "multi", "team/multi:1")
    await copy(r, "app", "a/very/deep/name/of-an.image:latest")
    await copy(r, "big", "team/moved:1")
    await copy(r, "app", "team/moved:1")
    await copy(r, "app", "team/gone:1")
    const { digest } = images.app
    expect((await request(r, `/v2/team/gone/manifests/${digest}`, { method: "DELETE" })).status).toBe(202)
    await copy(r, "old", "team/old:1", "--format", "v2s1")
    for (const image of ["team/multi:1", "a/very/deep/name/of-an.image:latest", "team/moved:1"]) {
      expected[image] = await pullAll(r, image)
    }
  }
  await using berth = await startBerth({ root })
  for (const [image, blobs] of Object.entries(expected)) expect(await pullAll(berth, image)).toEqual(blobs)
  expect((await request(berth, "/v2/team/gone/manifests/1")).status).toBe(404)
  const old = await request(berth, "/v2/team/old/manifests/1")
  expect(old.headers.get("content-type")).toBe("application/vnd.docker.distribution.manifest.v1+json")
  expect(await old.json()).toMatchObject({ schemaVersion: 1, name: "team/old" })
  const { report } = await readState(berth)
  expect(report?.problems).toEqual({ "manifest-schema1": 1 })
  expect(report?.counts).toMatchObject({ repositories: 5, tags: 4 })
  const catalog = (await (await request(berth, "/v2/_catalog")).json()) as { repositories: string[] }
  expect(catalog.repositories).toEqual(["a/very/deep/name/of-an.image", "team/moved", "team/multi", "team/old"])
})

test("referrers that a client listed under a fallback tag are those that Berth lists", async () => {
  const root = join(scratch, "referrers")
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const put = async (r: Registry, reference: string, type: string, value: object) => {
    const body = JSON.stringify(value)
    const answer = await request(r, `/v2/team/app/manifests/${reference}`, {
      method: "PUT",
      headers: { "Content-Type": type },
      body,
    })
    expect(answer.status).toBe(201)
    return { mediaType: type, digest: answer.headers.get("docker-content-digest") ?? "", size: body.length }
  }
  let signature = { mediaType: "", digest: "", size: 0 }
  {
    await using r = await startDockerRegistry(root)
    await copy(r, "app", "team/app:1")
    const manifest = await request(r, "/v2/team/app/manifests/1", { headers: { accept: mediaType } })
    const { config } = (await manifest.json()) as { config: object }
    const subject = { mediaType, digest: images.app.digest, size: images.app.size }
    const value = { schemaVersion: 2, mediaType, config, layers: [], subject, artifactType: "application/sig" }
    signature = await put(r, "signed", mediaType, value)
    const index = "application/vnd.oci.image.index.v1+json"
    const manifests = [{ ...signature, artifactType: "application/sig" }]
    await put(r, images.app.digest.replace(":", "-"), index, { schemaVersion: 2, mediaType: index, manifests })
  }
  await using berth = await startBerth({ root })
  const answer = await request(berth, `/v2/team/app/referrers/${images.app.digest}`)
  const { manifests } = (await answer.json()) as { manifests: object[] }
  expect(manifests).toEqual([{ ...signature, artifactType: "application/sig" }])
  expect((await request(berth, `/v2/team/app/manifests/${images.app.digest.replace(":", "-")}`)).status).toBe(200)
})

test("of a damaged directory everything is served that is whole, and the rest is reported", async () => {
  const root = join(scratch, "damaged")
  {
    await using r = await startDockerRegistry(root)
    for (const tag of ["good", "empty", "garbage"]) await copy(r, "app", `team/app:${tag}`)
    await copy(r, "multi", "team/multi:1")
    await copy(r, "big", "team/big:1")
    // An upload that was begun and left.
    const begun = await request(r, "/v2/team/app/blobs/uploads/", { method: "POST" })
    await request(r, begun.headers.get("location")?.replace(r.url, "") ?? "", { method: "PATCH", body: "half" })
  }
  const tree = createDistributionTree(root)
  writeFileSync(tree.linkPath("team/app", "tag", "empty"), "")
  writeFileSync(tree.linkPath("team/app", "tag", "garbage"), "\0\0\0")
  const repositories = join(root, "docker/registry/v2/repositories")
  writeFileSync(join(repositories, "stray"), "")
  symlinkSync(repositories, join(repositories, "loop"))
  mkdirSync(join(repositories, "Not A Name", "_manifests"), { recursive: true })
  const layers = JSON.parse(readFileSync(tree.blobPath(images.big.digest), "utf8")) as { layers: { digest: string }[] }
  const layer = layers.layers[0]?.digest ?? ""
  truncateSync(tree.blobPath(layer), 1_000_000)
  rmSync(tree.blobPath(images.multi.digest))

  await using berth = await startBerth({ root })
  expect(await pullAll(berth, "team/app:good")).toHaveLength(4)
  const { report } = await readState(berth)
  expect(report?.problems).toEqual({
    "link-empty": 1,
    "link-damaged": 1,
    stray: 1,
    symlink: 1,
    "name-invalid": 1,
    "blob-damaged": 1,
    "manifest-missing": 1,
    "tag-unresolved": 1,
  })
  expect(report?.counts).toMatchObject({ repositories: 3, tags: 2, uploads: 1 })
  expect((await request(berth, `/v2/team/big/blobs/${layer}`, { method: "HEAD" })).status).toBe(404)
  expect((await request(berth, "/v2/team/app/manifests/empty")).status).toBe(404)
  // The next push of it repairs it.
  await copy(berth, "big", "team/big:1")
  expect(await pullAll(berth, "team/big:1")).toHaveLength(3)
})

test("a server that is killed again and again while it takes over ends where one that is not does", async () => {
  const root = join(scratch, "killed")
  const tree = createDistributionTree(root)
  for (let n = 0; n < 600; n++) {
    const repository = `team/app-${n % 7}`
    tree.tag(repository, `t${n}`, tree.putImage(repository, `image ${n}`).digest)
  }
  rmSync(tree.blobPath(tree.putImage("team/app-0", "image 0").layer))
  const whole = join(scratch, "not-killed")
  cpSync(root, whole, { recursive: true, preserveTimestamps: true })
  for (let kills = 0; kills < 4; kills++) {
    const victim = await startBerth({ root })
    await Bun.sleep(kills * 60)
    await victim.kill()
  }
  const ends = []
  for (const directory of [root, whole]) {
    await using berth = await startBerth({ root: directory })
    const { report } = await readState(berth)
    const tags: unknown[] = []
    for (let n = 0; n < 7; n++) {
      const answer = await request(berth, `/v2/team/app-${n}/tags/list`)
      tags.push(await answer.json())
    }
    ends.push({ problems: report?.problems, counts: { ...report?.counts, changes: 0 }, tags })
  }
  expect(ends[0]).toEqual(ends[1] as never)
  expect(ends[0]?.problems).toEqual({ "blob-missing": 1 })
  expect(ends[0]?.counts).toMatchObject({ repositories: 7, tags: 600, manifests: 600 })
})

test("after docker-registry had the directory again, what was done on either side is there", async () => {
  const root = join(scratch, "between")
  {
    await using r = await startDockerRegistry(root)
    for (const tag of ["stays", "moves", "goes", "ours-goes", "ours-moves"]) await copy(r, "app", `team/app:${tag}`)
    await copy(r, "multi", "team/other:goes")
  }
  {
    await using berth = await startBerth({ root })
    await readState(berth)
    await copy(berth, "multi", "team/app:ours-moves")
    await copy(berth, "multi", "team/app:ours-new")
    expect((await request(berth, "/v2/team/app/manifests/ours-goes", { method: "DELETE" })).status).toBe(202)
  }
  {
    await using r = await startDockerRegistry(root)
    await copy(r, "big", "team/app:moves")
    await copy(r, "big", "team/app:new")
    await copy(r, "big", "new/repository:1")
    const { digest } = images.multi
    expect((await request(r, `/v2/team/other/manifests/${digest}`, { method: "DELETE" })).status).toBe(202)
  }
  await using berth = await startBerth({ root })
  // Right after the swap: the first look-ups are not to be those of yesterday.
  expect(await findDigest(berth, "team/app", "moves")).toBe(images.big.digest)
  expect(await findDigest(berth, "new/repository", "1")).toBe(images.big.digest)
  expect(await findDigest(berth, "team/other", "goes")).toBeUndefined()
  expect(await findDigest(berth, "team/app", "ours-moves")).toBe(images.multi.digest)
  expect(await pullAll(berth, "new/repository:1")).toHaveLength(3)
  await readState(berth)
  const { tags } = (await (await request(berth, "/v2/team/app/tags/list")).json()) as { tags: string[] }
  expect(tags).toEqual(["goes", "moves", "new", "ours-moves", "ours-new", "stays"])
  for (const tag of tags) await pullAll(berth, `team/app:${tag}`)
})

test("berth adopt tells beforehand and writes nothing, takes over without a server, and reports", async () => {
  const root = join(scratch, "command")
  {
    await using r = await startDockerRegistry(root)
    await copy(r, "app", "team/app:1")
    await copy(r, "app", "team/app:2")
  }
  writeFileSync(createDistributionTree(root).linkPath("team/app", "tag", "2"), "")
  const main = join(import.meta.dir, "..", "..", "src", "main.ts")
  const env = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: root }
  const berth = (...args: string[]) => run([process.execPath, main, "adopt", ...args], { env })
  const told = await berth("--dry-run")
  expect(told).toContain("1 repositories, 1 tags, 1 manifests, 3 links to blobs")
  expect(told).toContain("link-empty: 1\n")
  expect(told).toContain("docker/registry/v2/repositories/team/app/_manifests/tags/2/current/link")
  expect(existsSync(join(root, "berth"))).toBe(false)
  const report = JSON.parse(await berth("--json")) as { counts: object; list: object[] }
  expect(report).toMatchObject({ counts: { tags: 1, changes: 5 }, problems: { "link-empty": 1 } })
  expect(report.list).toHaveLength(1)
  expect(await berth("--report")).toContain("5 links were new")
})
