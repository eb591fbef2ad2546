import { expect } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { run } from "./support/command.ts"
import { ctrTrust, startContainerd } from "./support/containerd.ts"
import { createSkopeo, logIn, trust } from "./support/containers-tools.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("containerd", "ctr", "skopeo", "openssl", ROOT)
const scratch = shareScratch("containerd")
const { layout, multi } = createSampleImages(join(scratch, "images"))
const containerd = shareInFile(startContainerd)

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const directory = shareScratch("containerd")
  const skopeo = createSkopeo(directory)

  test(`ctr pulls an index with all its images and pushes it elsewhere, byte for byte, over ${transport}`, async () => {
    const [{ ctr }, r] = [await containerd(), await registry()]
    const options = ctrTrust(r, directory)
    await logIn(skopeo, r)
    const [image, copy] = [`${r.host}/team/multi:1`, `${r.host}/other/multi:1`]
    await skopeo.run(["copy", "--all", ...trust(r, "dest-"), `oci:${layout.path}:multi`, `docker://${image}`])
    await ctr(["images", "pull", "--all-platforms", ...options, image])
    await ctr(["images", "push", ...options, copy, image])
    expect(await listRegistryBlobs(r, "other/multi", multi.digest)).toEqual(
      await listRegistryBlobs(r, "team/multi", multi.digest),
    )
    await ctr(["images", "rm", "--sync", image])
    await ctr(["images", "pull", "--all-platforms", ...options, copy])
    const archive = join(scratch, "exported.tar")
    await ctr(["images", "export", "--all-platforms", archive, copy])
    const exported = join(directory, "exported")
    mkdirSync(exported)
    await run(["tar", "-xf", archive, "-C", exported])
    expect(listLayoutBlobs(exported)).toEqual(await listRegistryBlobs(r, "team/multi", multi.digest))
  })
}

const registry = shareInFile(() => startRegistry("TLS with a password"))

test("ctr is refused with a wrong password", async () => {
  const [{ ctr }, r] = [await containerd(), await registry()]
  const wrong = { ...r, account: { user: "alice", password: "wrong" } }
  const pull = ctr(["images", "pull", ...ctrTrust(wrong, scratch), `${r.host}/team/app:1`])
  expect(await pull.catch(String)).toContain("401 Unauthorized")
})
