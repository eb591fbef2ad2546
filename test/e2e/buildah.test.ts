import { expect } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createBuildah, createSkopeo, logIn, trust } from "./support/containers-tools.ts"
import { noise } from "./support/content.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("buildah", "skopeo", "openssl", ROOT)

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const scratch = shareScratch("buildah")
  const buildah = createBuildah(scratch)
  const skopeo = createSkopeo(scratch)

  test(`buildah builds an image, pushes it, and builds on what it pulls back, over ${transport}`, async () => {
    const r = await registry()
    await logIn(buildah, r)
    const context = join(scratch, "context")
    mkdirSync(context, { recursive: true })
    writeFileSync(join(context, "noise"), noise(500_000, 1))
    const [base, image] = [`${r.host}/team/base:1`, `${r.host}/team/app:1`]

    writeFileSync(join(context, "Containerfile"), "FROM scratch\nCOPY noise /base\n")
    await buildah.run(["build", "--quiet", "--tag", base, context])
    await buildah.run(["push", "--quiet", ...trust(r), base])
    await buildah.run(["rmi", "--all", "--force"])

    writeFileSync(join(context, "Containerfile"), `FROM ${base}\nCOPY noise /app\n`)
    await buildah.run(["build", "--quiet", ...trust(r), "--tag", image, context])
    await buildah.run(["push", "--quiet", ...trust(r), image])

    const back = join(scratch, "back")
    await skopeo.run(["copy", ...trust(r, "src-"), `docker://${image}`, `oci:${back}:app`])
    expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/app", "1"))
    expect(await listRegistryBlobs(r, "team/app", "1")).toHaveLength(4)
  })
}
