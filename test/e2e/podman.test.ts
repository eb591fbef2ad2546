import { expect } from "bun:test"
import { join } from "node:path"
import { noise } from "./support/content.ts"
import { type ContainersTool, createPodman, logIn, trust } from "./support/containers-tools.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { MOTD, readBusybox } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

interface LocalImage {
  Id: string
  Digest: string
  RootFS: { Layers: string[] }
}

const test = requirePrograms("podman", "runc", "openssl", ROOT)
const busyTest = requirePrograms("podman", "runc", "busybox", ROOT)
const scratch = shareScratch("podman")
const archive = writeDockerArchive(scratch, "local/app:1", [
  [
    { path: "bin/busybox", content: readBusybox(), mode: 0o755 },
    { path: "etc/motd", content: Buffer.from(MOTD) },
  ],
  [{ path: "data/noise", content: noise(1_000_000, 1) }],
])

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const podman = createPodman(shareScratch("podman"))

  test(`podman pulls back the image it pushed, with the same digest and layers, over ${transport}`, async () => {
    const r = await registry()
    await logIn(podman, r)
    const local = await load(podman)
    const image = `${r.host}/team/app:1`
    const digestFile = join(scratch, "digest")
    await podman.run(["push", "--quiet", "--digestfile", digestFile, ...trust(r), local, `docker://${image}`])
    const before = await inspect(podman, local)
    await podman.run(["rmi", "--force", local])
    await podman.run(["pull", "--quiet", ...trust(r), image])
    const after = await inspect(podman, image)
    expect(after.Id).toBe(before.Id)
    expect(after.RootFS).toEqual(before.RootFS)
    expect(after.Digest).toBe(await Bun.file(digestFile).text())
    expect(await listRegistryBlobs(r, "team/app", "1")).toContain(after.Digest)
  })
}

const registry = shareInFile(() => startRegistry("plain HTTP"))

busyTest("podman runs an image that it pulls", async () => {
  const r = await registry()
  const podman = createPodman(join(scratch, "own"))
  const local = await load(podman)
  const image = `${r.host}/team/run:1`
  await podman.run(["push", "--quiet", ...trust(r), local, `docker://${image}`])
  await podman.run(["rmi", "--force", local])
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
  expect(await podman.run(["run", "--rm", "--quiet", "--network", "none", ...limits, ...trust(r), image])).toBe(MOTD)
})

async function load(podman: ContainersTool): Promise<string> {
  return (await podman.run(["pull", "--quiet", `docker-archive:${archive}`])).trim()
}

async function inspect(podman: ContainersTool, image: string): Promise<LocalImage> {
  const [found] = JSON.parse(await podman.run(["image", "inspect", image])) as LocalImage[]
  if (found === undefined) throw new Error(`podman has no ${image}`)
  return found
}
