// The way back to registry:2: read-only mode, an export, and once more after the last change.
import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { findControlPath } from "../../src/compose/control.ts"
import { askLines, ask, type Operator } from "../../src/cli/operator.ts"
import type { JobView } from "../../src/contract/jobs.ts"
import { askControlSocket } from "../../src/http/listener/control-socket.ts"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, pushImage, writeConfig } from "./scene.ts"

const READ_ONLY = { maintenance: { readonly: { enabled: true } } }
const MANIFEST = "application/vnd.oci.image.manifest.v1+json"

const linkOf = (root: string, tag: string) =>
  join(root, "docker/registry/v2/repositories/team/app/_manifests/tags", tag, "current/link")

/** Fails the test where the command does. */
async function run(config: string, ...args: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await berth(config, ...args, "--json")
  expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 })
  return JSON.parse(stdout)
}

test.each(["by a server", "without one"])(
  "in read-only mode a directory is looked at and exported %s",
  async (way) => {
    using scratch = createScratch("berth-hand-back")
    const root = join(scratch.path, "data")
    const first = await startBerth({ root })
    await pushImage(first.url, "team/app", "v1")
    await first.stop()
    const storage = { filesystem: { rootdirectory: root }, ...READ_ONLY }
    const config = writeConfig(root, { storage })
    const server = way === "by a server" ? await startBerth({ root, config: { storage } }) : undefined
    try {
      expect(await run(config, "export")).toMatchObject({ tags: 1, manifests: 1 })
      expect(existsSync(linkOf(root, "v1"))).toBe(true)
      expect(await run(config, "adopt", "--dry-run")).toMatchObject({ counts: { tags: 1 }, problems: {} })
      expect(await run(config, "adopt")).toMatchObject({ counts: { changes: 0 } })
      const deletion = await berth(config, "tag", "delete", "team/app:v1", "--yes")
      expect(deletion).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("read-only mode") })
    } finally {
      await server?.stop()
    }
  },
  60_000,
)

test("an export by a running server is brought up to date by the next one", async () => {
  using scratch = createScratch("berth-hand-back")
  const root = join(scratch.path, "data")
  await using server = await startBerth({ root })
  const config = writeConfig(root)
  for (const tag of ["stays", "goes"]) await pushImage(server.url, "team/app", tag)
  expect(await run(config, "export")).toMatchObject({ tags: 2, removed: 0 })
  await pushImage(server.url, "team/app", "comes")
  await run(config, "tag", "delete", "team/app:goes", "--with-manifest", "--yes")
  expect(await run(config, "export")).toMatchObject({ tags: 2, manifests: 2, removed: expect.any(Number) })
  const links = ["stays", "goes", "comes"].map((tag) => existsSync(linkOf(root, tag)))
  expect(links).toEqual([true, false, true])
  expect(await run(config, "export")).toMatchObject({ written: 0, removed: 0 })
}, 60_000)

test("an export that is cancelled at the server stops, and the next one does the rest", async () => {
  using scratch = createScratch("berth-hand-back")
  const root = join(scratch.path, "data")
  await using server = await startBerth({ root })
  await pushImage(server.url, "team/app", "first")
  const url = `${server.url}/v2/team/app/manifests`
  const body = await (await fetch(`${url}/first`)).text()
  const tags = Array.from({ length: 400 }, (_, index) => `tag-${index}`)
  for (const tag of tags) await fetch(`${url}/${tag}`, { method: "PUT", body, headers: { "Content-Type": MANIFEST } })
  const operator: Operator = {
    ask: (request) => askControlSocket(findControlPath(root), request),
    isServer: true,
    close: () => Promise.resolve(),
  }
  const { id } = await ask<JobView>(operator, "/exports", { method: "POST" })
  const seen: JobView[] = []
  for await (const job of askLines<JobView>(operator, `/jobs/${id}/events`)) {
    seen.push(job)
    if (job.progress.done > 0 && job.state === "running") await ask(operator, `/jobs/${id}/cancel`, { method: "POST" })
  }
  expect(seen.at(-1)).toMatchObject({ state: "cancelled" })
  expect(seen.at(-1)).not.toHaveProperty("result")
  const written = [...tags, "first"].filter((tag) => existsSync(linkOf(root, tag))).length
  expect(written).toBeLessThan(tags.length)
  expect(await run(writeConfig(root), "export")).toMatchObject({ tags: tags.length + 1 })
  expect([...tags, "first"].every((tag) => existsSync(linkOf(root, tag)))).toBe(true)
}, 60_000)
