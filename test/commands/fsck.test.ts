// berth fsck on directories that real servers leave: nothing is wrong with them, and what is made wrong is found.
import { expect, test } from "bun:test"
import { appendFileSync, mkdirSync, readdirSync, renameSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { createDistributionTree } from "../support/distribution-tree.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, pushImage, writeConfig } from "./scene.ts"

interface Report {
  faults: number
  counts: Record<string, number>
  objects: number
  young: number
}

async function fsck(config: string, ...args: string[]): Promise<Report & { exitCode: number }> {
  const { exitCode, stdout, stderr } = await berth(config, "fsck", "--json", ...args)
  if (stdout === "") throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Report), exitCode }
}

test("a directory of registry:2 is whole when it is taken over, when it was pushed to, and when it is handed back", async () => {
  using scratch = createScratch("berth-fsck")
  const tree = createDistributionTree(join(scratch.path, "data"))
  for (const [repository, tag] of [
    ["team/app", "v1"],
    ["team/app", "v2"],
    ["other", "v1"],
  ] as const) {
    tree.tag(repository, tag, tree.putImage(repository, `image ${tag}`).digest)
  }
  const config = writeConfig(tree.root)
  await using server = await startBerth({ root: tree.root })
  expect((await berth(config, "adopt")).exitCode).toBe(0)
  expect(await fsck(config, "--deep")).toMatchObject({ exitCode: 0, faults: 0, counts: {} })
  await pushImage(server.url, "team/app", "v3")
  expect((await berth(config, "tag", "delete", "team/app:v2", "--with-manifest", "--yes")).exitCode).toBe(0)
  expect((await berth(config, "export")).exitCode).toBe(0)
  expect(await fsck(config, "--deep")).toMatchObject({ exitCode: 0, faults: 0, counts: {} })
  await server.stop()
  // Without a server it is the same, and what nothing has on record is told of, however young it is.
  expect(await fsck(config)).toMatchObject({ exitCode: 0, faults: 0, counts: {} })
  const now = new Date()
  utimesSync(tree.blobPath(tree.putBlob("nothing has this on record")), now, now)
  expect(await fsck(config)).toMatchObject({ exitCode: 0, faults: 0, counts: { "object-orphan": 1 } })
  // A push may be about to record it where a server is at work.
  await using again = await startBerth({ root: tree.root })
  expect(await fsck(config)).toMatchObject({ exitCode: 0, faults: 0, counts: {}, young: 1 })
  const { stdout } = await berth(config, "fsck")
  expect(stdout).toContain(
    "1 file without a record is younger than ten minutes: a push may be about to record it\nnothing is wrong\n",
  )
  expect(again.output()).not.toContain('"level":"error"')
}, 60_000)

test("a directory without a database is compared with nothing, and stays as it is", async () => {
  using scratch = createScratch("berth-fsck")
  const root = join(scratch.path, "data")
  mkdirSync(root)
  const database = join(root, "berth", "metadata.db")
  expect(await berth(writeConfig(root), "fsck")).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: `berth: there is no database ${database} to compare the storage with: restore a backup (berth restore), or start the server, which makes one\n`,
  })
  // Otherwise a restore would find a database there.
  expect(readdirSync(root)).toEqual([])
}, 60_000)

test("after a kill amid pushes nothing is wrong, by the next server and without one", async () => {
  using scratch = createScratch("berth-fsck")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  for (let round = 0; round < 2; round++) {
    const server = await startBerth({ root })
    const pushed: string[] = []
    const pushes = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; ; n++) {
        await pushImage(server.url, `lane-${lane}`, `r${round}-n${n}`)
        pushed.push(`${lane} ${n}`)
      }
    })
    const ended = Promise.all(pushes.map((push) => push.catch(() => undefined)))
    while (pushed.length < 10) await Bun.sleep(5)
    await server.kill()
    await ended
    expect(await fsck(config, "--deep")).toMatchObject({ exitCode: 0, faults: 0 })
  }
}, 60_000)

test("what is wrong is said with what to do, repaired on request, and a dry run changes nothing", async () => {
  using scratch = createScratch("berth-fsck")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  const tree = createDistributionTree(root)
  const { layer, digest, config: blob } = tree.putImage("app", "an image")
  tree.tag("app", "v1", digest)
  await using server = await startBerth({ root })
  expect((await berth(config, "adopt")).exitCode).toBe(0)
  appendFileSync(tree.blobPath(layer), "x")
  renameSync(tree.blobPath(blob), join(scratch.path, "kept"))
  const text = await berth(config, "fsck", "--repair", "--dry-run")
  expect(text.exitCode).toBe(1)
  expect(text.stdout).toContain(`blob-size: 1\n`)
  expect(text.stdout).toContain(
    `blob-missing: 1\n  the blob's file is gone: restore it, or push the image again\n  ${blob}`,
  )
  expect(text.stdout).toContain(`  ${layer}: --repair sees to it\n`)
  expect(text.stdout).toEndWith("--repair would mend 1 of these or move them aside; nothing is changed\n2 faults\n")
  expect(await berth(config, "fsck", "--dry-run")).toMatchObject({
    exitCode: 2,
    stderr: "berth: --dry-run is of --repair: without that nothing is changed anyway\n",
  })
  expect(await fsck(config)).toMatchObject({ exitCode: 1, counts: { "blob-size": 1, "blob-missing": 1 } })
  const repaired = await berth(config, "fsck", "--repair")
  expect(repaired.stdout).toContain("\n1 of these moved aside\n2 faults\n")
  expect(repaired.stdout).toMatch(/kept as .*: moved aside now$/m)
  expect(await fsck(config)).toMatchObject({
    exitCode: 1,
    counts: { "damage-open": 1, "blob-missing": 1, quarantined: 1 },
  })
  expect(server.output()).toContain("a stored blob is damaged and no longer served")
  const aside = `damaged: set aside in berth/quarantine/${layer.replace(":", "-")}.0; the next push of it repairs every repository`
  const explain = async () => (await berth(config, "why", layer)).stdout
  expect(await explain()).toContain(aside)
  const collected = await berth(config, "gc", "run", "--now", "--yes", "--json")
  expect(JSON.parse(collected.stdout)).toMatchObject({ removed: 0 })
  expect(await explain()).toContain(aside)
  expect(await explain()).toContain("the blob was found damaged and set aside (scrub)")
  expect(await explain()).not.toContain("nothing needed it")
  expect((await berth(config, "why", blob)).stdout).toMatch(/^stored, \d+ B$/m)
  expect((await berth(config, "scrub", "run", "--full")).exitCode).toBe(1)
  expect((await berth(config, "why", blob)).stdout).toMatch(
    /^missing, \d+ B: its file was not there on .* UTC; push it again$/m,
  )
  renameSync(join(scratch.path, "kept"), tree.blobPath(blob))
  expect((await berth(config, "fsck")).stdout).toEndWith("1 fault\n")
}, 60_000)
