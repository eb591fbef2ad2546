import { expect } from "bun:test"
import { join } from "node:path"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("skopeo")
const scratch = shareScratch("concurrent")
const registry = shareInFile(() => startRegistry("plain HTTP"))
const skopeo = createSkopeo(scratch)
const { layout, app, multi } = createSampleImages(join(scratch, "images"))

test("eight clients push the same layers at once, to one tag and to many repositories", async () => {
  const r = await registry()
  const copy = ["copy", "--all", ...trust(r, "dest-"), `oci:${layout.path}:multi`]
  const repositories = [0, 1, 2, 3].map((index) => `team/app-${index}`)
  const places = [...repositories.map((repository) => `${repository}:1`), ...Array(4).fill("team/same:1")]
  await Promise.all(places.map((place) => skopeo.run([...copy, `docker://${r.host}/${place}`])))
  for (const repository of [...repositories, "team/same"])
    expect(await listRegistryBlobs(r, repository, multi.digest)).toHaveLength(7)
})

test("a tag that is pushed again and again while it is pulled is always one of the two images, whole", async () => {
  const r = await registry()
  const image = `docker://${r.host}/team/moving:1`
  const push = (tag: string) => skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:${tag}`, image])
  await push("app")
  const pushing = new AbortController()
  const pushes = (async () => {
    for (const tag of ["big", "app", "big", "app"]) await push(tag)
  })().finally(() => pushing.abort())
  const seen = new Set<string>()
  while (!pushing.signal.aborted) {
    const head = await request(r, "/v2/team/moving/manifests/1", { method: "HEAD" })
    const digest = head.headers.get("Docker-Content-Digest") ?? "none"
    if (!seen.has(digest)) await listRegistryBlobs(r, "team/moving", digest)
    seen.add(digest)
  }
  await pushes
  expect(seen.size).toBe(2)
  expect(seen).toContain(app.digest)
})
