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
  const fixed = (await fetch(`${url}/v1`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ?? ""
  expect(await pull(`${fixed}?at=yesterday&at=today`)).toBe(first)

  const { lines } = await run("tag", "history", "app:latest")
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain("can be pulled")
  expect((await run("tag", "restore", "app:latest")).exitCode).toBe(0)
  expect(await pull("latest")).toBe(first)
  expect((await run("tag", "restore", "app:latest", "--at", new Date().toISOString(), "--json")).exitCode).toBe(0)

  await fetch(`${url}/latest`, { method: "DELETE" })
  expect(await pull("latest")).toBe(404)
  expect((await run("tag", "restore", "app:latest")).exitCode).toBe(0)
  expect(await pull("latest")).toBe(first)

  const digest = (await fetch(`${url}/v1`, { method: "HEAD" })).headers.get("Docker-Content-Digest") ?? ""
  await fetch(`${url}/${digest}`, { method: "DELETE" })
  expect([await pull("latest"), await pull("v1"), await pull(digest)]).toEqual([404, 404, 404])
  expect((await run("tag", "history", "app")).stdout).toContain("can be restored")
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

  const never = await run("tag", "history", "app:never")
  expect(never).toMatchObject({ exitCode: 1, stdout: "" })
  expect(never.stderr).toContain("nothing is on record of app:never")
  expect((await run("tag", "restore", "app:never")).stderr).toContain("app:never was never there")
  expect((await run("repository", "restore", "app")).stderr).toContain("there is no deletion of app that can be undone")
  expect(await run("tag", "restore", "app:v1", "--at", "noon")).toMatchObject({ exitCode: 2 })
}, 120_000)
