import { describe, expect, test } from "bun:test"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { createDistributionTree } from "../support/distribution-tree.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, pushImage, writeConfig } from "./scene.ts"

/** Two repositories, of which one is deleted from: all that the commands show is compared. */
async function runCommands(config: string): Promise<string[]> {
  const shown: string[] = []
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await berth(config, ...args)
    shown.push(
      `${args.join(" ")} → ${exitCode}\n${stdout}${stderr}`.replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "TIME"),
    )
  }
  await run("repository", "list")
  await run("repository", "list", "--json")
  await run("tag", "list", "team/app")
  await run("tag", "list", "team/app", "--json")
  await run("tag", "list", "nobody/has")
  await run("tag", "delete", "team/app:v1")
  await run("tag", "delete", "team/app:v1", "--yes", "--json")
  await run("tag", "delete", "team/app:v1", "--yes")
  await run("tag", "delete", "team/app:v2", "--with-manifest", "--yes")
  await run("repository", "delete", "other")
  await run("repository", "delete", "other", "--yes", "--json")
  await run("repository", "delete", "other", "--yes")
  await run("repository", "list", "--json")
  await run("tag", "delete", "team/app", "--yes")
  await run("repository", "delete", "NOT_A_NAME", "--yes")
  return shown
}

async function push(url: string): Promise<void> {
  for (const tag of ["v1", "v2", "v3"]) await pushImage(url, "team/app", tag)
  await pushImage(url, "other", "latest")
}

describe("the same commands, by a server and without one", () => {
  test("show and do the same", async () => {
    using scratch = createScratch("berth-commands")
    const roots = ["served", "alone"].map((name) => join(scratch.path, name))
    const [served = "", alone = ""] = roots
    const server = await startBerth({ root: served })
    await push(server.url)
    const byServer = await runCommands(writeConfig(served))
    const answer = await fetch(`${server.url}/v2/_catalog`)
    expect(await answer.json()).toEqual({ repositories: ["team/app"] })
    expect((await fetch(`${server.url}/v2/team/app/manifests/v2`)).status).toBe(404)
    expect((await fetch(`${server.url}/v2/team/app/manifests/v3`)).status).toBe(200)
    await server.stop()

    const first = await startBerth({ root: alone })
    await push(first.url)
    await first.stop()
    const byThemselves = await runCommands(writeConfig(alone))
    expect(byThemselves).toEqual(byServer)
    expect(byServer.join("\n")).toMatchSnapshot()
  }, 120_000)
})

describe("a command", () => {
  test("prints a long listing whole into a pipe", async () => {
    using scratch = createScratch("berth-commands")
    const root = join(scratch.path, "data")
    await using server = await startBerth({ root })
    await pushImage(server.url, "app", "latest")
    const manifest = await (await fetch(`${server.url}/v2/app/manifests/latest`)).text()
    const tags = Array.from({ length: 600 }, (_, index) => `a-rather-long-tag-${index}`)
    for (const tag of tags) {
      const headers = { "Content-Type": "application/vnd.oci.image.manifest.v1+json" }
      await fetch(`${server.url}/v2/app/manifests/${tag}`, { method: "PUT", body: manifest, headers })
    }
    const { stdout } = await berth(writeConfig(root), "tag", "list", "app", "--json")
    expect(stdout.length).toBeGreaterThan(2 * 65_536)
    const { items } = JSON.parse(stdout) as { items: { name: string }[] }
    expect(items.map(({ name }) => name)).toEqual(["latest", ...tags].sort())
  }, 60_000)

  test("waits for another one that has the store", async () => {
    using scratch = createScratch("berth-commands")
    const root = join(scratch.path, "data")
    mkdirSync(root)
    const config = writeConfig(root)
    expect((await berth(config, "export")).exitCode).toBe(0)
    const both = await Promise.all([1, 2, 3].map(() => berth(config, "repository", "list", "--json")))
    expect(both.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }))).toEqual(
      [1, 2, 3].map(() => ({ exitCode: 0, stdout: '{"items":[]}\n', stderr: "" })),
    )
  }, 60_000)

  test("that lists leaves a directory that no Berth has served as it is, and shows what docker-registry wrote", async () => {
    using scratch = createScratch("berth-commands")
    const root = join(scratch.path, "data")
    mkdirSync(root)
    const config = writeConfig(root)
    expect(await berth(config, "repository", "list", "--json")).toMatchObject({ stdout: '{"items":[]}\n', stderr: "" })
    for (const noun of ["events", "job"]) expect(await berth(config, noun, "list")).toMatchObject({ exitCode: 0 })
    expect(readdirSync(root)).toEqual([])
    const tree = createDistributionTree(root)
    tree.tag("team/app", "v1", tree.putImage("team/app", "one").digest)
    const before = readdirSync(root, { recursive: true })
    const { stdout } = await berth(config, "repository", "list", "--json")
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: "team/app", tagCount: 1 }] })
    const tags = await berth(config, "tag", "list", "team/app", "--json")
    expect(JSON.parse(tags.stdout)).toMatchObject({ items: [{ name: "v1" }] })
    expect(readdirSync(root, { recursive: true })).toEqual(before)
  }, 60_000)

  test("makes no data directory of its own", async () => {
    using scratch = createScratch("berth-commands")
    const { exitCode, stderr } = await berth(writeConfig(join(scratch.path, "nothing")), "repository", "list")
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `berth: there is no data directory ${join(scratch.path, "nothing")}: name the server's configuration with --config\n`,
    })
  })

  test("says that a registry in memory cannot be reached", async () => {
    using scratch = createScratch("berth-commands")
    const config = writeConfig(join(scratch.path, "data"), { storage: { inmemory: null } })
    const { exitCode, stderr } = await berth(config, "repository", "list")
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: "berth: this configuration keeps everything in the memory of its server: commands cannot reach it\n",
    })
  })

  test("is refused with 2 where its configuration cannot be used", async () => {
    using scratch = createScratch("berth-commands")
    const config = writeConfig(join(scratch.path, "data"), { limits: { uploads: 0 } })
    const { exitCode, stderr } = await berth(config, "repository", "list")
    expect(exitCode).toBe(2)
    expect(stderr).toStartWith("berth: the configuration cannot be used:")
  })

  test("changes nothing in read-only mode", async () => {
    using scratch = createScratch("berth-commands")
    const root = join(scratch.path, "data")
    const server = await startBerth({ root })
    await pushImage(server.url, "app", "latest")
    await server.stop()
    const storage = { filesystem: { rootdirectory: root }, maintenance: { readonly: { enabled: true } } }
    const { exitCode, stderr } = await berth(writeConfig(root, { storage }), "tag", "delete", "app:latest", "--yes")
    expect(exitCode).toBe(1)
    expect(stderr).toContain(
      "berth: the registry is in read-only mode, which storage.maintenance.readonly.enabled turns off\n",
    )
  })
})
