import { expect } from "bun:test"
import { join } from "node:path"
import { createRegctl } from "./support/go-clients.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("regctl", "openssl")
const scratch = shareScratch("regctl")
const { layout, app, multi } = createSampleImages(join(scratch, "images"))

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const home = shareScratch("regctl")

  test(`regctl copies an index there and back, byte for byte, over ${transport}`, async () => {
    const r = await registry()
    const regctl = await createRegctl(home, r)
    const image = `${r.host}/team/multi:1`
    await regctl.run(["image", "copy", `ocidir://${layout.path}:multi`, image])
    const back = join(home, "back")
    await regctl.run(["image", "copy", image, `ocidir://${back}:multi`])
    expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/multi", multi.digest))
    expect(listLayoutBlobs(back)).toHaveLength(7)
  })

  test(`regctl removes a tag, and the image stays under its other tag, over ${transport}`, async () => {
    const r = await registry()
    const regctl = await createRegctl(home, r)
    const image = `${r.host}/team/tagged`
    for (const tag of ["1", "2"]) await regctl.run(["image", "copy", `ocidir://${layout.path}:app`, `${image}:${tag}`])
    await regctl.run(["tag", "rm", `${image}:1`])
    expect(await regctl.run(["tag", "ls", image])).toBe("2\n")
    expect((await request(r, "/v2/team/tagged/manifests/1")).status).toBe(404)
    expect(await regctl.run(["image", "digest", `${image}:2`])).toBe(`${app.digest}\n`)
    await regctl.run(["image", "delete", `${image}@${app.digest}`])
    expect((await request(r, "/v2/team/tagged/manifests/2")).status).toBe(404)
  })

  test(`regctl attaches artifacts to an image, and lists and fetches them, over ${transport}`, async () => {
    const r = await registry()
    const regctl = await createRegctl(home, r)
    const image = `${r.host}/team/signed:1`
    await regctl.run(["image", "copy", `ocidir://${layout.path}:app`, image])
    for (const type of ["application/x.sbom", "application/x.signature"])
      await regctl.run(["artifact", "put", "--artifact-type", type, "--subject", image], `the ${type}`)
    const answer = await request(r, `/v2/team/signed/referrers/${app.digest}`)
    const { manifests } = (await answer.json()) as { manifests: { digest: string; artifactType: string }[] }
    expect(manifests.map((manifest) => manifest.artifactType).toSorted()).toEqual([
      "application/x.sbom",
      "application/x.signature",
    ])
    // A registry with the referrers API spares its clients the fallback tag.
    expect(await regctl.run(["tag", "ls", `${r.host}/team/signed`])).toBe("1\n")
    const listed = await regctl.run(["artifact", "list", "--filter-artifact-type", "application/x.sbom", image])
    const sbom = manifests.find((manifest) => manifest.artifactType === "application/x.sbom")?.digest ?? "none"
    expect(listed).toContain(sbom)
    expect(listed).not.toContain("application/x.signature")
    expect(await regctl.run(["artifact", "get", `${r.host}/team/signed@${sbom}`])).toBe("the application/x.sbom")
  })
}
