import { expect } from "bun:test"
import { noise } from "./support/content.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

interface ManifestList {
  mediaType: string
  manifests: { digest: string; platform: { architecture: string } }[]
}

const LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

const test = requirePrograms("dockerd", "docker", ROOT)
const engine = shareInFile(startDockerEngine)
// Not over TLS: to a loopback address `docker manifest push` speaks plain HTTP, whatever `docker push` found out.
const registry = shareInFile(() => startRegistry("plain HTTP"))

test("docker manifest makes a list of two images, through which docker pulls its own", async () => {
  const [{ docker, directory }, r] = [await engine(), await registry()]
  const images = ["amd64", "arm64"].map((name) => `${r.host}/team/multi:${name}`)
  for (const [index, image] of images.entries()) {
    const layers = [[{ path: "data/noise", content: noise(100_000, index) }]]
    await docker(["load", "--input", writeDockerArchive(directory, image, layers)])
    await docker(["push", image])
  }
  const list = `${r.host}/team/multi:1`
  await docker(["manifest", "create", "--insecure", list, ...images])
  await docker(["manifest", "annotate", "--arch", "arm64", list, images[1] ?? ""])
  await docker(["manifest", "push", "--insecure", list])

  const answer = await request(r, "/v2/team/multi/manifests/1", { headers: { Accept: LIST } })
  const stored = (await answer.json()) as ManifestList
  expect(stored.mediaType).toBe(LIST)
  expect(stored.manifests.map((manifest) => manifest.platform.architecture)).toEqual(["amd64", "arm64"])
  expect(await listRegistryBlobs(r, "team/multi", "1")).toHaveLength(7)
  expect(await docker(["manifest", "inspect", "--insecure", list])).toContain(stored.manifests[0]?.digest ?? "none")

  const own = await docker(["image", "inspect", "--format", "{{.Id}}", images[0] ?? ""])
  await docker(["rmi", ...images])
  await docker(["pull", list])
  expect(await docker(["image", "inspect", "--format", "{{.Id}}", list])).toBe(own)
})
