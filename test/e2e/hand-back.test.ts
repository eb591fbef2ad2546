// A directory that docker-registry wrote, held by Berth, handed back, and taken over again.
import { expect } from "bun:test"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { runBerth } from "./support/berth-command.ts"
import { createSkopeo } from "./support/containers-tools.ts"
import { startDockerRegistry } from "./support/docker-registry.ts"
import { requirePrograms } from "./support/programs.ts"
import { findDigest, listRegistryBlobs, request } from "./support/registry-content.ts"
import type { Registry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("docker-registry", "skopeo")
const scratch = shareScratch("hand-back")
const { layout, app, multi } = createSampleImages(join(scratch, "images"))
const skopeo = createSkopeo(shareScratch("skopeo"))

/** What a registry has, and by which digest: every tag of every repository. */
type Content = Record<string, Record<string, string>>

async function push(registry: Registry, image: string, name: string): Promise<void> {
  await skopeo.run([
    "copy",
    "--all",
    "--dest-tls-verify=false",
    `oci:${layout.path}:${image}`,
    `docker://${registry.host}/${name}`,
  ])
}

async function readTags(registry: Registry, repository: string): Promise<string[]> {
  const answer = await request(registry, `/v2/${repository}/tags/list`)
  if (answer.status === 404) return []
  const { tags } = (await answer.json()) as { tags: string[] | null }
  return (tags ?? []).toSorted()
}

async function listCatalog(registry: Registry): Promise<string[]> {
  const answer = await request(registry, "/v2/_catalog?n=1000")
  return ((await answer.json()) as { repositories: string[] }).repositories
}

/** Pulls everything, bytes checked. */
async function pullAll(registry: Registry): Promise<Content> {
  const content: Content = {}
  for (const repository of await listCatalog(registry)) {
    const tags = await readTags(registry, repository)
    for (const tag of tags) {
      await listRegistryBlobs(registry, repository, tag)
      const digest = await findDigest(registry, repository, tag)
      content[repository] = { ...content[repository], [tag]: digest ?? "" }
    }
  }
  return content
}

async function remove(registry: Registry, path: string): Promise<number> {
  return (await request(registry, `/v2/${path}`, { method: "DELETE" })).status
}

/** Both halves of a day: Berth holds the directory, then it is exported. */
async function hold(root: string, work: (berth: Berth) => Promise<void>): Promise<Content> {
  const berth = await startBerth({ root })
  await work(berth)
  const content = await pullAll(berth)
  expect(await berth.stop()).toBe(0)
  await runBerth(["export"], { root })
  return content
}

test("docker-registry serves again what Berth held, and Berth what docker-registry took in between", async () => {
  const root = join(scratch, "data")
  {
    await using before = await startDockerRegistry(root)
    await push(before, "app", "team/app:1")
    await push(before, "app", "team/app:old")
    await push(before, "multi", "team/multi:1")
    await push(before, "multi", "team/moved:latest")
    await push(before, "app", "whole/repository:1")
    await push(before, "multi", "team/dropped/all:1")
  }
  const held = await hold(root, async (berth) => {
    await runBerth(["repository", "delete", "--yes", "team/dropped/all"], { root })
    await push(berth, "big", "team/new:1")
    await push(berth, "app", "team/moved:latest")
    await push(berth, "multi", "deep/er/name:2")
    expect(await remove(berth, "team/app/manifests/old")).toBe(202)
    expect(await remove(berth, `whole/repository/manifests/${app.digest}`)).toBe(202)
  })
  expect(held).toEqual({
    "deep/er/name": { "2": multi.digest },
    "team/app": { "1": app.digest },
    "team/moved": { latest: app.digest },
    "team/multi": { "1": multi.digest },
    "team/new": { "1": expect.any(String) },
  })
  {
    await using between = await startDockerRegistry(root)
    expect(await pullAll(between)).toEqual(held)
    expect(await listCatalog(between)).not.toContain("team/dropped/all")
    await push(between, "app", "team/later:1")
    await push(between, "multi", "team/moved:latest")
    expect(await remove(between, `team/multi/manifests/${multi.digest}`)).toBe(202)
  }
  const again = await hold(root, async (berth) => {
    expect(await readTags(berth, "team/multi")).toEqual([])
    expect(await readTags(berth, "team/app")).toEqual(["1"])
    expect(await findDigest(berth, "team/moved", "latest")).toBe(multi.digest)
    expect(await findDigest(berth, "team/later", "1")).toBe(app.digest)
    await push(berth, "multi", "team/last:1")
  })
  {
    await using after = await startDockerRegistry(root)
    expect(await pullAll(after)).toEqual(again)
    expect(again["team/last"]).toEqual({ "1": multi.digest })
  }
})

test("an export that has nothing to do changes nothing, and says so", async () => {
  const root = join(scratch, "unchanged")
  {
    await using before = await startDockerRegistry(root)
    await push(before, "multi", "team/multi:1")
  }
  await hold(root, async () => undefined)
  const report = JSON.parse(await runBerth(["export", "--json"], { root })) as Record<string, number>
  expect(report).toMatchObject({ repositories: 1, tags: 1, manifests: 3, written: 0, removed: 0 })
})
