// A copy of the metadata, made while the server serves, with any later copy of the blobs, is a registry again.
import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, berthCommand, pushImage, writeConfig } from "./scene.ts"

const OCI = "application/vnd.oci.image.manifest.v1+json"

/** Fails the test where the command does. */
async function run(config: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await berth(config, ...args, "--json")
  expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 })
  return JSON.parse(stdout) as Record<string, unknown>
}

/** Everything of the image, as a client pulls it. */
async function pull(url: string, repository: string, tag: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { headers: { Accept: OCI } })
  if (answer.status !== 200) return undefined
  const text = await answer.text()
  const { config, layers } = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] }
  for (const { digest } of [config, ...layers]) {
    const blob = await fetch(`${url}/v2/${repository}/blobs/${digest}`)
    expect({ digest, status: blob.status }).toEqual({ digest, status: 200 })
    await blob.bytes()
  }
  return text
}

function copyBlobs(from: string, to: string): void {
  cpSync(join(from, "docker"), join(to, "docker"), { recursive: true })
}

test.each(["by a server", "without one"])(
  "a backup %s is restored with its blobs",
  async (way) => {
    using scratch = createScratch("berth-backup")
    const [root, place, other] = ["data", "backups", "other"].map((name) => join(scratch.path, name)) as [
      string,
      string,
      string,
    ]
    const server = await startBerth({ root })
    for (const tag of ["v1", "v2"]) await pushImage(server.url, "team/app", tag)
    const pushed = await pull(server.url, "team/app", "v2")
    const config = writeConfig(root)
    mkdirSync(place)
    if (way !== "by a server") await server.stop()
    expect(await run(config, "backup", place, "--with-blobs")).toMatchObject({
      counts: { repositories: 1, tags: 2, manifests: 2, blobs: 3 },
      blobs: { blobs: 3, copied: 3, linked: 3 },
    })
    if (way === "by a server") await server.stop()
    expect(readdirSync(join(root, "berth", "backups"))).toEqual([])
    const report = await run(writeConfig(other), "restore", place)
    expect(report).toMatchObject({ faults: 0, counts: {}, broughtBlobs: 3 })
    await using restored = await startBerth({ root: other })
    expect(await pull(restored.url, "team/app", "v2")).toBe(pushed)
  },
  60_000,
)

test("everything that was acknowledged before a backup is restored with newer blobs, whatever was pushed meanwhile", async () => {
  using scratch = createScratch("berth-backup")
  const [root, other] = [join(scratch.path, "data"), join(scratch.path, "other")]
  const server = await startBerth({ root })
  const acknowledged = new Map<string, string>()
  const over = new AbortController()
  const pushers = Array.from({ length: 4 }, async (_, pusher) => {
    for (let image = 0; !over.signal.aborted; image++) {
      const tag = `t${pusher}-${image}`
      await pushImage(server.url, `team/r${pusher}`, tag)
      acknowledged.set(tag, `team/r${pusher}`)
    }
  })
  while (acknowledged.size < 40) await Bun.sleep(5)
  const before = new Map(acknowledged)
  const backup = join(scratch.path, "berth.db")
  const { counts } = (await run(writeConfig(root), "backup", backup)) as { counts: { tags: number } }
  const after = acknowledged.size
  while (acknowledged.size < after + 20) await Bun.sleep(5)
  over.abort()
  await Promise.all(pushers)
  await server.stop()
  expect(counts.tags).toBeGreaterThanOrEqual(before.size)
  expect(counts.tags).toBeLessThan(acknowledged.size)
  copyBlobs(root, other)
  const report = (await run(writeConfig(other), "restore", backup)) as {
    faults: number
    counts: Record<string, number>
  }
  expect(report.faults).toBe(0)
  expect(report.counts["object-orphan"]).toBeGreaterThan(0)
  await using restored = await startBerth({ root: other })
  for (const [tag, repository] of before) expect(await pull(restored.url, repository, tag)).toBeDefined()
  await pushImage(restored.url, "team/r0", "again")
  expect(await pull(restored.url, "team/r0", "again")).toBeDefined()
}, 60_000)

test("a backup with its blobs tells how far it is, once", async () => {
  using scratch = createScratch("berth-backup")
  const [root, place] = [join(scratch.path, "data"), join(scratch.path, "backups")]
  await using server = await startBerth({ root })
  for (let n = 0; n < 20; n++) await pushImage(server.url, "team/app", `v${n}`)
  mkdirSync(place)
  const { exitCode, stderr } = await berth(writeConfig(root), "backup", place, "--with-blobs")
  const lines = stderr.split("\n").filter((line) => line.startsWith("blobs: "))
  expect({ exitCode, lines }).toEqual({ exitCode: 0, lines: ["blobs: 8 blobs", "blobs: 16 blobs"] })
}, 60_000)

/** A backup of one image, and a copy of its blobs in a directory of its own. */
async function backUpOne(scratch: string): Promise<{ backup: string; root: string; other: string }> {
  const [root, other, backup] = ["data", "other", "berth.db"].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ]
  const server = await startBerth({ root })
  await pushImage(server.url, "team/app", "v1")
  await run(writeConfig(root), "backup", backup)
  await server.stop()
  copyBlobs(root, other)
  return { backup, root, other }
}

test("a blob that was collected and pushed again since is found under its new key", async () => {
  using scratch = createScratch("berth-backup")
  const { backup, other } = await backUpOne(scratch.path)
  const objects = readdirSync(join(other, "docker"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("/data"),
  )
  for (const path of objects) renameSync(join(other, "docker", path), join(other, "docker", `${path}.1`))
  expect(await run(writeConfig(other), "restore", backup)).toMatchObject({
    moved: objects.length,
    faults: 0,
    counts: {},
  })
  await using restored = await startBerth({ root: other })
  expect(await pull(restored.url, "team/app", "v1")).toBeDefined()
}, 60_000)

test("what was deleted long before a backup was restored can be brought back for another grace period", async () => {
  using scratch = createScratch("berth-backup")
  const [root, other, backup] = [
    join(scratch.path, "data"),
    join(scratch.path, "other"),
    join(scratch.path, "berth.db"),
  ]
  const server = await startBerth({ root })
  await pushImage(server.url, "team/app", "v1")
  const pushed = await pull(server.url, "team/app", "v1")
  await run(writeConfig(root), "repository", "delete", "team/app", "--yes")
  await run(writeConfig(root), "backup", backup)
  await server.stop()
  copyBlobs(root, other)
  // As if all of it had been two days ago.
  const database = new Database(backup)
  const times = { manifest: "deleted_at", link: "deleted_at", review: "since", removal: "at", tag_history: "at" }
  for (const [table, column] of Object.entries(times))
    database.run(`UPDATE ${table} SET ${column} = ${column} - 172800000`)
  database.close()
  const config = writeConfig(other)
  expect(await berth(config, "restore", `${backup}.not`)).toMatchObject({
    exitCode: 1,
    stderr: `berth: there is no ${backup}.not\n`,
  })
  await run(config, "restore", backup)
  await using restored = await startBerth({ root: other })
  const collected = await berth(config, "gc", "run")
  expect(collected).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(
      /^nothing was collected, because of the grace period of what berth restore has brought back, or a full disk has kept from being recorded, until 20.* UTC: berth gc run --now does not wait\n$/,
    ),
  })
  const { stdout } = await berth(config, "gc", "status")
  expect(stdout).toMatch(
    /^state +waits for the grace period of what berth restore has brought back, or a full disk has kept from being recorded, until 20.* UTC\n/,
  )
  expect(await run(config, "repository", "restore", "team/app")).toMatchObject({ manifests: 1, tagCount: 1 })
  expect(await pull(restored.url, "team/app", "v1")).toBe(pushed)
}, 60_000)

test("an image that was deleted long before the backup, and collected before the copy of the blobs, is missed by nobody", async () => {
  using scratch = createScratch("berth-backup")
  const [root, other] = [join(scratch.path, "data"), join(scratch.path, "other")]
  const gc = { grace: "2s", sweepdelay: "1s", interval: "1s" }
  await using server = await startBerth({ root, config: { gc } })
  for (const tag of ["kept", "old"]) await pushImage(server.url, "team/app", tag)
  const config = writeConfig(root, { gc })
  await run(config, "tag", "delete", "team/app:old", "--with-manifest", "--yes")
  const backup = join(scratch.path, "registry.db")
  await run(config, "backup", backup)
  while (listObjects(root).length > 2) await Bun.sleep(100)
  copyBlobs(root, other)
  const { exitCode, stdout } = await berth(writeConfig(other), "restore", backup)
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining("1 blob of deleted images") })
  expect(await run(writeConfig(other), "fsck")).toMatchObject({ faults: 0, counts: { "deleted-missing": 1 } })
  await using restored = await startBerth({ root: other })
  expect(await pull(restored.url, "team/app", "kept")).toBeDefined()
}, 60_000)

/** The digests of stored blobs, in hex. */
function listObjects(root: string): string[] {
  const paths = readdirSync(join(root, "docker"), { recursive: true, encoding: "utf8" })
  return paths.filter((path) => path.endsWith("/data")).map((path) => path.split("/").at(-2) ?? "")
}

test("a restore compares as fsck does: what else is wrong is told of, and the command fails", async () => {
  using scratch = createScratch("berth-backup")
  const { backup, other } = await backUpOne(scratch.path)
  const [hex = ""] = listObjects(other)
  writeFileSync(join(other, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data"), "")
  const { exitCode, stdout } = await berth(writeConfig(other), "restore", backup)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringContaining("\nblob-size: 1\n") })
  expect(stdout).toContain("every blob is there")
}, 60_000)

test("what is missing is named, and the command fails", async () => {
  using scratch = createScratch("berth-backup")
  const { backup, root } = await backUpOne(scratch.path)
  const empty = join(scratch.path, "empty")
  const { exitCode, stdout } = await berth(writeConfig(empty), "restore", backup)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringContaining("2 blobs are missing") })
  const objects = listObjects(root)
  expect(objects).toHaveLength(2)
  for (const hex of objects) expect(stdout).toContain(`\n  sha256:${hex}\n`)
  copyBlobs(root, empty)
  await using restored = await startBerth({ root: empty })
  expect(await pull(restored.url, "team/app", "v1")).toBeDefined()
}, 60_000)

test("a backup or a database that is there is replaced only on request, and then kept aside", async () => {
  using scratch = createScratch("berth-backup")
  const { backup, root } = await backUpOne(scratch.path)
  const config = writeConfig(root)
  const refused = await berth(config, "backup", backup)
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("--force replaces it") })
  expect(await berth(config, "backup", "--with-blobs", `${root}/`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("is the data directory"),
  })
  expect(await berth(config, "backup", backup, "--force")).toMatchObject({ exitCode: 0 })
  expect(await berth(config, "restore", backup)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("--force moves it aside"),
  })
  const server = await startBerth({ root })
  await pushImage(server.url, "team/app", "later")
  const locked = await berth(config, "restore", backup, "--force")
  expect(locked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is locked by process") })
  await server.kill()
  const { aside } = (await run(config, "restore", backup, "--force")) as { aside: string }
  await using restored = await startBerth({ root })
  expect(await pull(restored.url, "team/app", "later")).toBeUndefined()
  expect(await pull(restored.url, "team/app", "v1")).toBeDefined()
  // What was there is whole: the log of the server that was killed went along.
  using old = new Database(aside)
  expect(old.query("SELECT name FROM tag ORDER BY name").all()).toEqual([{ name: "later" }, { name: "v1" }])
}, 60_000)

test("what is no backup, or a damaged one, leaves the directory as it is", async () => {
  using scratch = createScratch("berth-backup")
  const { backup, root } = await backUpOne(scratch.path)
  const text = join(scratch.path, "text.db")
  writeFileSync(text, "this is no database at all")
  const cut = join(scratch.path, "cut.db")
  writeFileSync(cut, (await Bun.file(backup).bytes()).subarray(0, 20_000))
  for (const path of [text, cut, join(scratch.path, "absent.db"), join(root, "berth", "metadata.db"), root]) {
    const { exitCode, stderr } = await berth(writeConfig(root), "restore", path, "--force")
    expect({ path, exitCode, lines: stderr.trim().split("\n").length }).toEqual({ path, exitCode: 1, lines: 1 })
  }
  expect(
    readdirSync(join(root, "berth")).filter((name) => name.includes("restoring") || name.includes("before")),
  ).toEqual([])
  await using server = await startBerth({ root })
  expect(await pull(server.url, "team/app", "v1")).toBeDefined()
}, 60_000)

/** Restores the backup over what the server wrote since, and starts it. */
async function restoreOver(root: string, backup: string): Promise<Berth> {
  await run(writeConfig(root), "restore", backup, "--force")
  return startBerth({ root })
}

test("links of registry:2 that an export wrote since take nothing away from a backup", async () => {
  using scratch = createScratch("berth-backup")
  const root = join(scratch.path, "data")
  const backup = join(scratch.path, "berth.db")
  const server = await startBerth({ root })
  const config = writeConfig(root)
  for (const tag of ["stays", "moves", "goes"]) await pushImage(server.url, "team/app", tag)
  await run(config, "export")
  const [moves, goes] = [await pull(server.url, "team/app", "moves"), await pull(server.url, "team/app", "goes")]
  await run(config, "backup", backup)
  await run(config, "tag", "delete", "team/app:goes", "--with-manifest", "--yes")
  await fetch(`${server.url}/v2/team/app/manifests/moves`, {
    method: "PUT",
    body: (await pull(server.url, "team/app", "stays")) ?? "",
    headers: { "Content-Type": OCI },
  })
  await pushImage(server.url, "team/app", "comes")
  await run(config, "export")
  await server.stop()
  await using restored = await restoreOver(root, backup)
  expect(await run(config, "adopt")).toMatchObject({ problems: {} })
  expect(await pull(restored.url, "team/app", "moves")).toBe(moves)
  expect(await pull(restored.url, "team/app", "goes")).toBe(goes)
  // What the links alone know of is taken over: nobody loses it.
  expect(await pull(restored.url, "team/app", "comes")).toBeDefined()
  expect(await run(config, "export")).toMatchObject({ tags: 4 })
  expect(existsSync(join(root, "docker/registry/v2/repositories/team/app/_manifests/tags/goes/current/link"))).toBe(
    true,
  )
}, 60_000)

test("a backup that is killed leaves what was there, and the next one is whole", async () => {
  using scratch = createScratch("berth-backup")
  const { root, backup, other } = await backUpOne(scratch.path)
  await using server = await startBerth({ root })
  const config = writeConfig(root)
  for (let tried = 0; tried < 6; tried++) {
    const child = Bun.spawn([...berthCommand("backup", backup, "--force", "--config", config)], {
      stdout: "ignore",
      stderr: "ignore",
    })
    await Bun.sleep(150 + tried * 120)
    child.kill("SIGKILL")
    await child.exited
    const kept = new Database(backup, { readonly: true })
    expect(kept.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }])
    kept.close()
  }
  await pushImage(server.url, "team/app", "v2")
  expect(await run(config, "backup", backup, "--force")).toMatchObject({ counts: { tags: 2 } })
  expect(readdirSync(scratch.path).filter((name) => name.includes("partial"))).toEqual([])
  cpSync(join(root, "docker"), join(other, "docker"), { recursive: true })
  expect(await run(writeConfig(other), "restore", backup)).toMatchObject({ faults: 0 })
}, 60_000)

test("a server removes the copies of the database that one before it has left, unless it may only read", async () => {
  using scratch = createScratch("berth-backup")
  const root = join(scratch.path, "data")
  const place = join(root, "berth", "backups")
  mkdirSync(place, { recursive: true })
  const id = crypto.randomUUID()
  for (const name of [`${id}.db`, `${id}.db-wal`, "monday.db"]) writeFileSync(join(place, name), "a copy")
  const readOnly = await startBerth({ root, env: { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: "true" } })
  await readOnly.stop()
  expect(readdirSync(place)).toHaveLength(3)
  const server = await startBerth({ root })
  await server.stop()
  // Somebody's own.
  expect(readdirSync(place)).toEqual(["monday.db"])
}, 60_000)
