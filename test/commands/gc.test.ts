import { describe, expect, test } from "bun:test"
import { existsSync, globSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { createDistributionTree } from "../support/distribution-tree.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, pushImage, writeConfig } from "./scene.ts"

const countObjects = (root: string) => globSync(`${root}/docker/registry/v2/blobs/sha256/*/*/data`).length

const digestOfText = (text: string) => `sha256:${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`

async function digestOf(url: string, reference: string): Promise<string> {
  const answer = await fetch(`${url}/v2/app/manifests/${reference}`, { method: "HEAD" })
  return answer.headers.get("Docker-Content-Digest") ?? ""
}

describe("garbage collection", () => {
  test("without a server: --now removes what nothing refers to, and why says so", async () => {
    using scratch = createScratch("berth-gc")
    const root = join(scratch.path, "data")
    const config = writeConfig(root)
    const server = await startBerth({ root })
    await pushImage(server.url, "app", "v1")
    await pushImage(server.url, "app", "v2")
    const digest = await digestOf(server.url, "v1")
    await server.stop()
    // Two layers, and one configuration that both have.
    expect(countObjects(root)).toBe(3)
    expect(await berth(config, "tag", "delete", "app:v1", "--with-manifest", "--yes")).toMatchObject({ exitCode: 0 })
    const kept = await berth(config, "why", digest)
    expect(kept.stdout).toContain("it can be restored")

    // As one that was killed leaves it.
    const copies = join(root, "berth", "backups")
    mkdirSync(copies, { recursive: true })
    writeFileSync(join(copies, `${crypto.randomUUID()}.db`), "a copy")
    const dry = await berth(config, "gc", "run", "--now", "--dry-run")
    expect(readdirSync(copies)).toEqual([])
    expect(dry.stdout).toContain("1 deleted manifest and 1 unused link would be removed")
    expect(dry.stdout).toContain("1 blob would be removed")
    const unasked = await berth(config, "gc", "run", "--now")
    expect(unasked).toMatchObject({ exitCode: 2 })
    expect(unasked.stderr).toContain("cannot be restored afterwards")
    expect(countObjects(root)).toBe(3)

    const run = await berth(config, "gc", "run", "--now", "--yes", "--json")
    expect(JSON.parse(run.stdout)).toMatchObject({ manifests: 1, links: 1, condemned: 1, removed: 1, failures: 0 })
    expect(countObjects(root)).toBe(2)
    expect((await berth(config, "why", digest)).stdout).toContain("its time for undo was waived")
    // Each command is a process of its own.
    const status = await berth(config, "gc", "status")
    expect(status.stdout).toContain("no server runs")
    expect(status.stdout).toMatch(/^last run +\S+ \S+ UTC: 1 manifest and 1 blob removed/m)
  }, 60_000)

  test("with a server: it runs by itself, and --now leaves bytes to those who may be reading them", async () => {
    using scratch = createScratch("berth-gc")
    const root = join(scratch.path, "data")
    const config = writeConfig(root)
    await using server = await startBerth({
      root,
      env: { REGISTRY_GC_INTERVAL: "100ms", REGISTRY_GC_SWEEPDELAY: "2s" },
    })
    await pushImage(server.url, "app", "v1")
    await fetch(`${server.url}/v2/app/manifests/${await digestOf(server.url, "v1")}`, { method: "DELETE" })
    const run = await berth(config, "gc", "run", "--now", "--yes")
    expect(run.stdout).toContain("2 blobs condemned")
    expect(run.stdout).toContain("0 objects removed")
    expect(countObjects(root)).toBe(2)
    while (countObjects(root) > 0) await Bun.sleep(50)
    expect(existsSync(join(root, "docker/registry/v2/blobs/sha256"))).toBe(true)
    expect((await berth(config, "gc", "status")).stdout).toContain("2 blobs removed")
    // What was collected can be pushed again.
    await pushImage(server.url, "app", "v1")
    expect(await digestOf(server.url, "v1")).toStartWith("sha256:")
  }, 60_000)
})

test("garbage-collect prints what registry:2 prints, and removes untagged manifests where it is told to", async () => {
  using scratch = createScratch("berth-gc")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  const server = await startBerth({ root })
  await pushImage(server.url, "app", "v1")
  await pushImage(server.url, "app", "v2")
  const [untagged, tagged] = [await digestOf(server.url, "v1"), await digestOf(server.url, "v2")]
  await fetch(`${server.url}/v2/app/manifests/v1`, { method: "DELETE" })
  await server.stop()

  const kept = await berth(config, "garbage-collect", config)
  const names = ["{}", "the layer of v1", "the layer of v2"].map(digestOfText)
  const mark = (manifest: string, layer: number) =>
    [`manifest ${manifest} `, `blob ${names[0]}`, `blob ${names[layer]}`]
      .map((each) => `app: marking ${each}\n`)
      .join("")
  const marks = [mark(untagged, 1), mark(tagged, 2)]
  const inOrder = untagged < tagged ? marks : marks.toReversed()
  const none = "5 blobs marked, 0 blobs and 0 manifests eligible for deletion"
  expect(kept.stdout).toBe(`app\n${inOrder.join("")}\n${none}\n`)
  const dry = await berth(config, "garbage-collect", "--dry-run", "--delete-untagged", config)
  marks[0] = `manifest eligible for deletion: ${untagged}\n`
  const left = untagged < tagged ? marks : marks.toReversed()
  const some = "3 blobs marked, 1 blobs and 1 manifests eligible for deletion"
  expect(dry.stdout).toBe(`app\n${left.join("")}\n${some}\nblob eligible for deletion: ${names[1]}\n`)
  expect(countObjects(root)).toBe(3)
  expect(await berth(config, "garbage-collect", "-m", "-q", config)).toMatchObject({ exitCode: 0, stdout: "" })
  expect(countObjects(root)).toBe(2)
  expect((await berth(config, "tag", "list", "app")).stdout).toContain(tagged)
  expect((await berth(config, "why", untagged)).stdout).toContain("such were to go at once (gc)")
}, 60_000)

describe("a directory of registry:2, without a server", () => {
  test("is taken over first, and then collected: blobs, and objects that nothing names", async () => {
    using scratch = createScratch("berth-gc")
    const root = join(scratch.path, "data")
    const config = writeConfig(root)
    const tree = createDistributionTree(root)
    const kept = tree.putImage("app", "kept")
    tree.tag("app", "v1", kept.digest)
    const gone = tree.putImage("app", "gone")
    tree.remove("app", "manifest", gone.digest)
    const orphan = tree.putBlob("nothing names this")
    const dry = await berth(config, "garbage-collect", "--dry-run", config)
    expect(dry).toMatchObject({ exitCode: 0 })
    expect(dry.stdout).toContain("4 blobs and 0 manifests eligible for deletion")
    expect(existsSync(join(root, "berth"))).toBe(false)
    expect(countObjects(root)).toBe(7)

    const run = await berth(config, "garbage-collect", config)
    expect(run).toMatchObject({ exitCode: 0 })
    expect(run.stdout).toContain("4 blobs and 0 manifests eligible for deletion")
    for (const digest of [gone.digest, gone.layer, orphan]) expect(existsSync(tree.blobPath(digest))).toBe(false)
    expect(countObjects(root)).toBe(3)
    // Distribution goes on with the directory, and the command comes again.
    const later = tree.putImage("app", "later")
    tree.tag("app", "v2", later.digest)
    tree.putBlob("nothing names this either")
    const again = await berth(config, "gc", "run", "--now", "--yes", "--json")
    expect(JSON.parse(again.stdout)).toMatchObject({ orphans: 1, removed: 1 })
    expect(countObjects(root)).toBe(6)
  }, 60_000)

  test("is not collected while that is paused, and the commands fail", async () => {
    using scratch = createScratch("berth-gc")
    const root = join(scratch.path, "data")
    const config = writeConfig(root, { gc: { paused: true } })
    createDistributionTree(root).putImage("app", "v1")
    const run = await berth(config, "gc", "run", "--json")
    expect(run).toMatchObject({ exitCode: 1 })
    expect(JSON.parse(run.stdout)).toMatchObject({
      skipped: expect.stringContaining("gc.paused, which is set in the configuration: set it to false"),
    })
    expect(await berth(config, "garbage-collect", "--json", config)).toMatchObject({ exitCode: 1 })
  }, 60_000)
})

test("in read-only mode garbage stays until somebody asks", async () => {
  using scratch = createScratch("berth-gc")
  const root = join(scratch.path, "data")
  const storage = { filesystem: { rootdirectory: root }, maintenance: { readonly: { enabled: true } } }
  const config = writeConfig(root, { storage })
  const tree = createDistributionTree(root)
  tree.link("app", tree.putBlob("nothing needs this"))
  await using server = await startBerth({
    root,
    env: { REGISTRY_STORAGE_MAINTENANCE_READONLY: "{enabled: true}", REGISTRY_GC_INTERVAL: "100ms" },
  })
  expect(server.url).toStartWith("http")
  expect((await berth(config, "gc", "status")).stdout).toContain("waits for the end of read-only mode")
  const run = (...options: string[]) => berth(config, "gc", "run", "--now", "--yes", ...options)
  let dry = await run("--dry-run")
  // The server takes the directory over meanwhile.
  while (dry.stdout.includes("take-over")) dry = await run("--dry-run")
  expect(dry.stdout).toMatch(/^1 blob would be removed, .+\n {2}1 that this run would condemn, gc\.sweepdelay \(20m\)/m)
  expect((await run()).stdout).toContain("1 blob condemned")
  const again = await run("--dry-run")
  expect(again.stdout).toMatch(/^1 blob would be removed, .+\n {2}1 condemned before, gc\.sweepdelay \(20m\)/m)
}, 60_000)
