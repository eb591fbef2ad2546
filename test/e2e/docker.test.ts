import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { noise, sha256 } from "./support/content.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { type DockerEngine, dockerLogIn, startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms("dockerd", "docker", "openssl", ROOT)
const engine = shareInFile(startDockerEngine)

// Each image has content of its own: what another test left in the engine would not be pulled again.
let seed = 0

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))

  test(`docker pulls back, byte for byte, the image it pushed over ${transport}`, async () => {
    const [e, r] = [await engine(), await registry()]
    const image = `${r.host}/team/app:1`
    await load(e, image)
    await dockerLogIn(e, r)
    const pushed = await e.docker(["push", image])
    const before = await inspect(e, image)
    await e.docker(["rmi", image])
    await e.docker(["pull", image])
    expect(await inspect(e, image)).toEqual(before)
    const digest = /digest: (sha256:\w+)/.exec(pushed)?.[1] ?? "none"
    expect(before.digests).toEqual(`["${r.host}/team/app@${digest}"]`)
    expect(await listRegistryBlobs(r, "team/app", "1")).toHaveLength(4)
  })

  test(`docker pulls by digest over ${transport}`, async () => {
    const [e, r] = [await engine(), await registry()]
    const image = `${r.host}/team/by-digest:1`
    await load(e, image)
    await dockerLogIn(e, r)
    const digest = /digest: (sha256:\w+)/.exec(await e.docker(["push", image]))?.[1] ?? "none"
    await e.docker(["rmi", image])
    expect(await e.docker(["pull", `${r.host}/team/by-digest@${digest}`])).toContain(digest)
  })

  test(`docker pushes and pulls all tags of a repository over ${transport}`, async () => {
    const [e, r] = [await engine(), await registry()]
    const repository = `${r.host}/team/tags`
    const tags = ["1", "1.2", "latest"].map((tag) => `${repository}:${tag}`)
    for (const image of tags) await load(e, image)
    await dockerLogIn(e, r)
    await e.docker(["push", "--all-tags", repository])
    await e.docker(["rmi", ...tags])
    await e.docker(["pull", "--all-tags", repository])
    const present = await e.docker(["images", "--format", "{{.Repository}}:{{.Tag}}", repository])
    expect(new Set(present.trim().split("\n"))).toEqual(new Set(tags))
  })
}

function load(engine: DockerEngine, image: string): Promise<string> {
  const layers = ["a", "b"].map((name) => [{ path: name, content: noise(700_000, seed++) }])
  return engine.docker(["load", "--input", writeDockerArchive(engine.directory, image, layers)])
}

async function inspect(engine: DockerEngine, image: string): Promise<{ id: string; digests: string; saved: string }> {
  const archive = join(engine.directory, "saved.tar")
  await engine.docker(["save", "--output", archive, image])
  const id = (await engine.docker(["image", "inspect", "--format", "{{.Id}}", image])).trim()
  const digests = (await engine.docker(["image", "inspect", "--format", "{{json .RepoDigests}}", image])).trim()
  return { id, digests, saved: sha256(readFileSync(archive)) }
}
