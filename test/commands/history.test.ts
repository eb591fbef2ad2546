import { expect, test } from "bun:test"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, pushImage, writeConfig } from "./scene.ts"

const OCI = "application/vnd.oci.image.manifest.v1+json"

test("what was deleted by mistake comes back by one command, and what a tag named can be pulled by its time", async () => {
  using scratch = createScratch("berth-history")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  await using server = await startBerth({ root })
  const url = `${server.url}/v2/app/manifests`
  const pull = async (reference: string) => {
    const answer = await fetch(`${url}/${reference}`)
    return answer.ok ? await answer.text() : answer.status
  }
  /** Points the tag at the image of another one. */
  const retag = async (from: string, to: string) => {
    const body = (await pull(from)) as string
    await fetch(`${url}/${to}`, { method: "PUT", headers: { "Content-Type": OCI }, body })
  }
  const run = async (...args: string[]) => {
    const result = await berth(config, ...args)
    return { ...result, lines: result.stdout.trim().split("\n") }
  }

  await pushImage(server.url, "app", "v1")
  await pushImage(server.url, "app", "v2")
  await retag("v1", "latest")
  const [first, second] = [await pull("v1"), await pull("v2")]
  await Bun.sleep(5)
  const between = new Date().toISOString()
  await Bun.sleep(5)
  await retag("v2", "latest")

  expect(await pull("latest")).toBe(second)
  expect(await pull(`latest?at=${between}`)).toBe(first)
  expect((await fetch(`${url}/latest?at=${between}`, { method: "HEAD" })).status).toBe(200)
  expect(await pull("latest?at=2001-01-01T00:00:00Z")).toBe(404)
  expect(await pull("latest?at=yesterday")).toBe(400)
  const twice = await fetch(`${url}/latest?at=${between}&at=${between}`)
  expect(twice.status).toBe(400)
  expect(await twice.json()).toMatchObject({ errors: [{ code: "MANIFEST_INVALID" }] })
  for (const change of [
    { method: "DELETE" },
    { method: "PUT", headers: { "Content-Type": OCI }, body: first as string },
  ]) {
    const refused = await fetch(`${url}/latest?at=${between}`, change)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("is for reading")])
  }
  expect(await pull("latest")).toBe(second)
  const fixed = (await fetch(`${url}/v1`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ?? ""
  expect(await pull(`${fixed}?at=yesterday&at=today`)).toBe(first)

  const { lines } = await run("tag", "history", "app:latest")
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain("pullable")
  expect((await run("tag", "restore", "app:latest")).stdout).toMatch(/^app:latest is sha256:\w+: 1 tag restored\n$/)
  expect(await pull("latest")).toBe(first)
  expect((await run("tag", "restore", "app:latest", "--at", new Date().toISOString(), "--json")).exitCode).toBe(0)

  await fetch(`${url}/latest`, { method: "DELETE" })
  expect(await pull("latest")).toBe(404)
  expect((await run("tag", "restore", "app:latest")).exitCode).toBe(0)
  expect(await pull("latest")).toBe(first)

  const digest = (await fetch(`${url}/v1`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ?? ""
  await fetch(`${url}/${digest}`, { method: "DELETE" })
  expect([await pull("latest"), await pull("v1"), await pull(digest)]).toEqual([404, 404, 404])
  expect((await run("tag", "history", "app")).stdout).toContain("restorable")
  expect((await run("manifest", "restore", `app@${digest}`)).stdout).toBe(
    `app@${digest}: 1 manifest and 2 tags restored\n`,
  )
  expect([await pull("latest"), await pull("v1")]).toEqual([first, first])

  expect((await run("repository", "delete", "app", "--yes")).exitCode).toBe(0)
  expect(await pull("v2")).toBe(404)
  const restored = await run("repository", "restore", "app", "--json")
  expect(JSON.parse(restored.stdout)).toMatchObject({ manifests: 2, tagCount: 3, kept: [] })
  expect([await pull("latest"), await pull("v2")]).toEqual([first, second])
  const { layers } = JSON.parse(second as string) as { layers: { digest: string }[] }
  const layer = layers[0]?.digest ?? ""
  expect((await fetch(`${server.url}/v2/app/blobs/${layer}`)).status).toBe(200)

  // A preview tells what is missing, and changes nothing.
  await fetch(`${url}/${digest}`, { method: "DELETE" })
  expect((await run("tag", "restore", "app:v1", "--dry-run")).stdout).toBe(
    `app:v1 would be ${digest}: 1 manifest and 1 tag would be restored\n  tags       v1\n`,
  )
  const announced = await run("manifest", "restore", `app@${digest}`, "--dry-run", "--json")
  expect(JSON.parse(announced.stdout)).toEqual({
    manifests: 1,
    tagCount: 2,
    tags: ["latest", "v1"],
    kept: [],
    keptCount: 0,
    missing: [],
    missingCount: 0,
  })
  expect(await pull("v1")).toBe(404)
  expect((await run("manifest", "restore", `app@${digest}`)).exitCode).toBe(0)
  expect((await run("manifest", "restore", `app@${digest}`, "--dry-run")).stderr).toContain("is not deleted")
  await fetch(`${server.url}/v2/app/blobs/${layer}`, { method: "DELETE" })
  await run("repository", "delete", "app", "--yes")
  expect((await run("repository", "restore", "app", "--dry-run")).stdout).toBe(
    `app: 2 manifests and 3 tags would be restored\n  tags       latest, v1, v2\n  missing    ${layer}\n`,
  )
  expect(await pull("v2")).toBe(404)
  const back = await run("repository", "restore", "app")
  expect(back).toMatchObject({
    stdout: "app: 2 manifests and 3 tags restored\n",
    stderr: `berth: named and not there, push the images again: ${layer}\n`,
  })

  // What was deleted by itself comes back with the manifest that names it, though that and its tag are there.
  expect((await fetch(`${server.url}/v2/app/blobs/${layer}`)).status).toBe(404)
  const present = (await fetch(`${url}/v2`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ?? ""
  expect(await run("tag", "restore", "app:v2", "--digest", present)).toMatchObject({
    stdout: `app:v2 is ${present}: it names that already, no tag and no manifest was restored\n`,
    stderr: "",
  })
  expect((await fetch(`${server.url}/v2/app/blobs/${layer}`)).status).toBe(200)

  const never = await run("tag", "history", "app:never")
  expect(never).toMatchObject({ exitCode: 1, stdout: "" })
  expect(never.stderr).toContain("nothing is on record of app:never")
  expect((await run("tag", "restore", "app:never")).stderr).toContain("app:never was never there")
  expect((await run("repository", "restore", "app")).stderr).toContain("app is not deleted")
  expect((await run("repository", "restore", "no")).stderr).toContain("there is no deletion of no that can be undone")
  expect(await run("tag", "restore", "app:v1", "--at", "noon")).toMatchObject({ exitCode: 2 })
}, 120_000)

test("what was purged does not come back, also when it was deleted before, and its bytes go as soon as nothing needs them", async () => {
  using scratch = createScratch("berth-purge")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  await using server = await startBerth({ root })
  const digestOf = async (tag: string) =>
    (await fetch(`${server.url}/v2/app/manifests/${tag}`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ??
    ""
  for (const tag of ["v1", "v2", "v3", "v4"]) await pushImage(server.url, "app", tag)
  const [first, second, third] = [await digestOf("v1"), await digestOf("v2"), await digestOf("v3")]

  expect(await berth(config, "tag", "delete", "app:v1", "--purge", "--yes")).toMatchObject({
    exitCode: 2,
    stderr: "berth: a tag alone has no bytes: --purge needs --with-manifest\n",
  })
  const asked = await berth(config, "tag", "delete", "app:v1", "--with-manifest", "--purge")
  expect(asked).toMatchObject({ exitCode: 2, stdout: "" })
  expect(asked.stderr).toContain("none of it can be restored afterwards")
  expect(await digestOf("v1")).toBe(first)
  const purge = ["--purge", "--yes"]
  const done = await berth(config, "tag", "delete", "app:v1", "--with-manifest", ...purge)
  expect(done).toMatchObject({ exitCode: 0, stdout: `deleted app:v1 and ${first}\n` })
  expect(done.stderr).not.toContain("brings it back")
  expect((await berth(config, "tag", "restore", "app:v1")).stderr).toContain("nor one that can be restored")
  expect((await berth(config, "why", first)).stdout).toContain("it was purged")

  expect(await berth(config, "manifest", "delete", `app@${second}`, "--yes")).toMatchObject({
    exitCode: 0,
    stdout: `deleted app@${second} and 1 tag\n`,
    stderr: expect.stringContaining(`berth manifest restore app@${second} brings it back`),
  })
  expect((await berth(config, "tag", "delete", "app:v2", "--with-manifest", "--purge")).stderr).toContain(
    "berth manifest delete app@DIGEST --purge purges that",
  )
  expect((await berth(config, "manifest", "delete", `app@${second}`, "--yes")).stderr).toContain("has no manifest")
  const late = await berth(config, "manifest", "delete", `app@${second}`, ...purge)
  expect(late).toMatchObject({ exitCode: 0, stdout: `deleted app@${second} and 0 tags\n` })
  expect(late.stderr).toContain("deleted    1 manifest that could be restored")
  expect((await berth(config, "manifest", "restore", `app@${second}`)).exitCode).toBe(1)

  expect((await berth(config, "repository", "delete", "app", "--yes")).exitCode).toBe(0)
  expect((await berth(config, "repository", "delete", "app", "--yes")).stderr).toContain("there is no repository app")
  const all = await berth(config, "repository", "delete", "app", ...purge, "--json")
  expect(JSON.parse(all.stdout)).toMatchObject({ tagCount: 0, manifestCount: 0, purgedCount: 2 })
  expect((await berth(config, "repository", "restore", "app")).stderr).toContain("there is no deletion of app")

  const run = await berth(config, "gc", "run", "--json")
  expect(JSON.parse(run.stdout)).toMatchObject({ manifests: 4, links: 0, condemned: 0 })
  expect((await berth(config, "why", third)).stdout).toContain("was deleted")
  const now = await berth(config, "gc", "run", "--now", "--yes", "--json")
  expect(JSON.parse(now.stdout)).toMatchObject({ links: 5, condemned: 5 })
}, 120_000)
