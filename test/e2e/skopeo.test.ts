import { expect } from "bun:test"
import { join } from "node:path"
import { createSkopeo, logIn, trust } from "./support/containers-tools.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("skopeo", "openssl")
const scratch = shareScratch("skopeo")
const { layout, multi, app } = createSampleImages(join(scratch, "images"))

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const directory = shareScratch("skopeo")
  const skopeo = createSkopeo(directory)

  test(`skopeo copies an index with all its images there and back, byte for byte, over ${transport}`, async () => {
    const r = await registry()
    await logIn(skopeo, r)
    const image = `docker://${r.host}/team/multi:1`
    await skopeo.run(["copy", "--all", ...trust(r, "dest-"), `oci:${layout.path}:multi`, image])
    const back = join(directory, "back")
    await skopeo.run(["copy", "--all", ...trust(r, "src-"), image, `oci:${back}:multi`])
    expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/multi", multi.digest))
    expect(listLayoutBlobs(back)).toHaveLength(7)
  })

  test(`skopeo inspects an image and lists its repository's tags over ${transport}`, async () => {
    const r = await registry()
    await logIn(skopeo, r)
    for (const tag of ["1", "2"])
      await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:app`, `docker://${r.host}/team/app:${tag}`])
    const inspected = await skopeo.run(["inspect", ...trust(r), `docker://${r.host}/team/app:2`])
    expect(JSON.parse(inspected)).toMatchObject({
      Digest: app.digest,
      RepoTags: expect.arrayContaining(["1", "2"]),
      Architecture: "amd64",
    })
    const listed = await skopeo.run(["list-tags", ...trust(r), `docker://${r.host}/team/app`])
    expect(JSON.parse(listed)).toMatchObject({ Tags: expect.arrayContaining(["1", "2"]) })
  })

  test(`skopeo deletes an image, which is gone at once, over ${transport}`, async () => {
    const r = await registry()
    await logIn(skopeo, r)
    const image = `docker://${r.host}/team/gone:1`
    await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:app`, image])
    await skopeo.run(["delete", ...trust(r), image])
    expect((await request(r, "/v2/team/gone/manifests/1")).status).toBe(404)
    expect((await request(r, `/v2/team/gone/manifests/${app.digest}`)).status).toBe(404)
    const pull = await skopeo.attempt(["inspect", ...trust(r), image])
    expect(pull.stderr).toContain("manifest unknown")
  })
}
