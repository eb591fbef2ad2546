import { expect } from "bun:test"
import { noise } from "./support/content.ts"
import { createPodman, logIn, trust } from "./support/containers-tools.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("podman", "openssl", ROOT)

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const scratch = shareScratch("podman")
  const podman = createPodman(scratch)

  test(`podman pushes an index with its images, and pulls each by its architecture, over ${transport}`, async () => {
    const r = await registry()
    await logIn(podman, r)
    const list = `${r.host}/team/both:1`
    const locals: string[] = []
    await podman.run(["manifest", "create", "both"])
    for (const [index, architecture] of ["amd64", "arm64"].entries()) {
      const layers = [[{ path: "data/noise", content: noise(200_000, index) }]]
      const archive = writeDockerArchive(scratch, `local/${architecture}:1`, layers)
      const local = (await podman.run(["pull", "--quiet", `docker-archive:${archive}`])).trim()
      await podman.run(["manifest", "add", "--arch", architecture, "both", `containers-storage:${local}`])
      locals.push(local)
    }
    await podman.run(["manifest", "push", "--all", ...trust(r), "both", `docker://${list}`])
    await podman.run(["rmi", "--all", "--force"])

    expect(await listRegistryBlobs(r, "team/both", "1")).toHaveLength(7)
    for (const [index, architecture] of ["amd64", "arm64"].entries()) {
      const pulled = await podman.run(["pull", "--quiet", "--arch", architecture, ...trust(r), list])
      expect(pulled.trim()).toBe(locals[index] ?? "none")
    }
  })
}
