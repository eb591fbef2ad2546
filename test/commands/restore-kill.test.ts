// A restore that is killed leaves the registry that was there or the restored one, and the next restore ends it.
import { Database } from "bun:sqlite"
import { afterAll, beforeAll, expect } from "bun:test"
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { requirePrograms } from "../e2e/support/programs.ts"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, berthCommand, pushImage, writeConfig } from "./scene.ts"

const test = requirePrograms("strace")
const OCI = "application/vnd.oci.image.manifest.v1+json"

const scratch = createScratch("berth-restore-kill")
const source = join(scratch.path, "source")
const backups = join(scratch.path, "backups")
let copies = 0

/** v1 is in the backup; v2 came later, and is in the log of a server that was killed. */
beforeAll(async () => {
  await using server = await startBerth({ root: source })
  await pushImage(server.url, "team/app", "v1")
  mkdirSync(backups)
  expect(await berth(writeConfig(source), "backup", backups)).toMatchObject({ exitCode: 0 })
  await pushImage(server.url, "team/app", "v2")
  await server.kill()
  expect(existsSync(join(source, "berth", "metadata.db-wal"))).toBe(true)
}, 60_000)

afterAll(() => scratch[Symbol.dispose]())

function copySource(): string {
  const root = join(scratch.path, `data-${++copies}`)
  cpSync(source, root, { recursive: true, filter: (path) => !path.endsWith(".sock") })
  return root
}

/** Kills the restore when it is about to make the first of these calls with the file; the call does not take place. */
async function killRestore(root: string, { calls, file }: Point): Promise<void> {
  const inject = `inject=${calls}:signal=SIGKILL:when=1`
  const trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", join(root, "berth", file), "-e", `trace=${calls}`]
  const command = [...trace, "-e", inject, ...berthCommand("restore", backups, "--force")]
  const env = { ...process.env, REGISTRY_CONFIGURATION_PATH: writeConfig(root) }
  const child = Bun.spawn(command, { env, stdout: "ignore", stderr: "ignore" })
  await child.exited
  expect({ calls, file, signal: child.signalCode }).toEqual({ calls, file, signal: "SIGKILL" })
}

async function listServed(root: string): Promise<string[]> {
  await using server = await startBerth({ root })
  const served: string[] = []
  for (const tag of ["v1", "v2"]) {
    const answer = await fetch(`${server.url}/v2/team/app/manifests/${tag}`, { headers: { Accept: OCI } })
    if (answer.status === 200) served.push(tag)
  }
  await server.kill()
  return served
}

/** The tags of each database that was moved aside. */
function listAside(root: string): string[][] {
  const names = readdirSync(join(root, "berth")).filter((name) => /\.before-\w+$/.test(name))
  return names.map((name) => {
    using database = new Database(join(root, "berth", name))
    return database
      .query<{ name: string }, []>("SELECT name FROM tag ORDER BY name")
      .all()
      .map((row) => row.name)
  })
}

interface Point {
  calls: string
  file: string
}

const RENAMES = "rename,renameat,renameat2"
const LINKS = "link,linkat"
const SYNCS = "fsync,fdatasync"

/** In the order in which they come. */
const POINTS: readonly Point[] = [
  { calls: "unlink,unlinkat", file: "metadata.db-wal" },
  { calls: SYNCS, file: "metadata.db" },
  { calls: SYNCS, file: "metadata.db.restoring" },
  { calls: LINKS, file: "metadata.db" },
  { calls: RENAMES, file: "metadata.db.restoring" },
]

for (const point of POINTS) {
  test(`a restore that is killed before ${point.calls} of ${point.file} loses nothing, and can be repeated`, async () => {
    const root = copySource()
    await killRestore(root, point)
    expect(await listServed(root)).toEqual(["v1", "v2"])
    expect(await berth(writeConfig(root), "restore", backups, "--force")).toMatchObject({ exitCode: 0 })
    expect(await listServed(root)).toEqual(["v1"])
    expect(listAside(root)).toContainEqual(["v1", "v2"])
  })
}

test("where the old database was damaged and the new one is not in place yet, nothing begins anew in silence", async () => {
  const root = copySource()
  const path = join(root, "berth", "metadata.db")
  writeFileSync(path, "no database at all, but longer than the header of one would have to be".repeat(10))
  // It has enough in its log to be whole again.
  rmSync(`${path}-wal`)
  await killRestore(root, { calls: RENAMES, file: "metadata.db.restoring" })
  expect(existsSync(path)).toBe(false)
  for (const args of [["serve"], ["repository", "list"], ["fsck"], ["gc", "run"]]) {
    const { exitCode, stderr } = await berth(writeConfig(root), ...args)
    expect({ args, exitCode, stderr }).toEqual({
      args,
      exitCode: 1,
      stderr: expect.stringContaining("repeat berth restore"),
    })
  }
  expect(await berth(writeConfig(root), "restore", backups)).toMatchObject({ exitCode: 0 })
  expect(await listServed(root)).toEqual(["v1"])
})
