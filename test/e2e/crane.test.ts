import { expect } from "bun:test"
import { join } from "node:path"
import { createCrane } from "./support/go-clients.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("crane", "openssl")
const scratch = shareScratch("crane")
const { layout, multi } = createSampleImages(join(scratch, "images"))

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const home = shareScratch("crane")

  test(`crane pushes a layout, copies it, and pulls it back, byte for byte, over ${transport}`, async () => {
    const r = await registry()
    const crane = await createCrane(home, r)
    await crane.run(["push", "--index", layout.path, `${r.host}/team/all:1`])
    await crane.run(["copy", `${r.host}/team/all:1`, `${r.host}/other/all:2`])
    const back = join(home, "back")
    await crane.run(["pull", "--format", "oci", `${r.host}/other/all:2`, back])
    expect(await listRegistryBlobs(r, "other/all", "2")).toEqual(await listRegistryBlobs(r, "team/all", "1"))
    expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/all", "1"))
    expect(await crane.run(["manifest", `${r.host}/team/all@${multi.digest}`])).toContain('"arm64"')
  })

  test(`crane lists repositories and tags, in order, over ${transport}`, async () => {
    const r = await registry()
    const crane = await createCrane(home, r)
    for (const tag of ["b", "a", "c"]) await crane.run(["push", "--index", layout.path, `${r.host}/listed/app:${tag}`])
    expect(await crane.run(["ls", `${r.host}/listed/app`])).toBe("a\nb\nc\n")
    const repositories = (await crane.run(["catalog", r.host])).trim().split("\n")
    expect(repositories).toContain("listed/app")
    expect(repositories).toEqual(repositories.toSorted())
  })

  test(`crane tags an image, and deletes it with all its tags, over ${transport}`, async () => {
    const r = await registry()
    const crane = await createCrane(home, r)
    const image = `${r.host}/team/gone`
    await crane.run(["push", "--index", layout.path, `${image}:1`])
    await crane.run(["tag", `${image}:1`, "2"])
    const digest = (await crane.run(["digest", `${image}:2`])).trim()
    await crane.run(["delete", `${image}@${digest}`])
    expect((await crane.attempt(["digest", `${image}:2`])).stderr).toContain("404")
    expect((await request(r, `/v2/team/gone/manifests/1`)).status).toBe(404)
  })
}
