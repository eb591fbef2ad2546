import { expect } from "bun:test"
import { join } from "node:path"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { startRegistry } from "./support/registry.ts"
import { MOTD, createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("dockerd", "docker", "skopeo", "busybox", ROOT)
const engine = shareInFile(startDockerEngine)
const registry = shareInFile(() => startRegistry("plain HTTP"))
const scratch = shareScratch("docker-run")

test("docker runs the amd64 image of an index that skopeo pushed", async () => {
  const [{ docker }, r] = [await engine(), await registry()]
  const { layout } = createSampleImages(join(scratch, "images"))
  const image = `${r.host}/team/multi:1`
  const copy = ["copy", "--all", ...trust(r, "dest-"), `oci:${layout.path}:multi`, `docker://${image}`]
  await createSkopeo(scratch).run(copy)
  expect(await docker(["run", "--rm", "--network", "none", "--quiet", image])).toBe(MOTD)
})
