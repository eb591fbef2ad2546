// What `berth export --oci-layout` writes is what other programs read, and the reverse.
import { afterAll, expect } from "bun:test"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { runBerth } from "./support/berth-command.ts"
import { run } from "./support/command.ts"
import { startContainerd } from "./support/containerd.ts"
import { createPodman, createSkopeo } from "./support/containers-tools.ts"
import { startDockerEngine } from "./support/docker-engine.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms, ROOT } from "./support/programs.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const scratch = shareScratch("layouts")
const path = (...names: string[]) => join(scratch, ...names)
const { layout, multi } = createSampleImages(path("images"))
const root = path("data")
const archive = path("images.tar")
const berths: Berth[] = []

/** A registry that has taken in what the tests' layout holds, and an archive of it. */
const exported = shareInFile(async () => {
  mkdirSync(root)
  await runBerth(["import", layout.path, "team/all"], { root })
  await runBerth(["export", "--oci-layout", "team/all:app", "team/all:multi", archive], { root })
  return { [Symbol.asyncDispose]: () => Promise.resolve() }
})

afterAll(async () => {
  for (const berth of berths) await berth.stop()
})

/** The tags of the repository, and their digests, in a registry of its own that imports the layout. */
async function importElsewhere(place: string, ...target: string[]): Promise<Record<string, string>> {
  const other = path(`registry-${berths.length}`)
  mkdirSync(other)
  await runBerth(["import", place, ...target], { root: other })
  const berth = await startBerth({ root: other })
  berths.push(berth)
  const { repositories } = (await (await fetch(`${berth.url}/v2/_catalog`)).json()) as { repositories: string[] }
  const found: Record<string, string> = {}
  for (const repository of repositories) {
    const { tags } = (await (await fetch(`${berth.url}/v2/${repository}/tags/list`)).json()) as { tags: string[] }
    for (const tag of tags) {
      const answer = await fetch(`${berth.url}/v2/${repository}/manifests/${tag}`, { method: "HEAD" })
      found[`${repository}:${tag}`] = answer.headers.get("Docker-Content-Digest") ?? ""
    }
  }
  return found
}

const skopeoTest = requirePrograms("skopeo")
skopeoTest(
  "skopeo finds images in an archive and a directory of ours by name, byte for byte, and ours takes its",
  async () => {
    await exported()
    const skopeo = createSkopeo(path("skopeo"))
    await runBerth(["export", "--oci-layout", "--all", path("directory")], { root })
    for (const source of [`oci-archive:${archive}`, `oci:${path("directory")}`]) {
      const back = path(`back-${source.startsWith("oci:") ? "directory" : "archive"}`)
      await skopeo.run(["copy", "--all", `${source}:team/all:multi`, `oci:${back}:multi`])
      expect(listLayoutBlobs(back)).toHaveLength(7)
      expect(await importElsewhere(back, "back/again")).toEqual({ "back/again:multi": multi.digest })
    }
    await skopeo.run(["copy", "--all", `oci:${layout.path}:multi`, `oci-archive:${path("skopeo.tar")}:their/app:v7`])
    expect(await importElsewhere(path("skopeo.tar"))).toEqual({ "their/app:v7": multi.digest })
  },
)

const podmanTest = requirePrograms("podman", "runc", ROOT)
podmanTest("podman loads an archive of ours, and ours takes what podman saves", async () => {
  await exported()
  const podman = createPodman(path("podman"))
  const one = path("podman-in.tar")
  await runBerth(["export", "--oci-layout", "team/all:app", "--host", "registry.test:5000", one], { root })
  expect(await podman.run(["load", "--input", one])).toContain("registry.test:5000/team/all:app")
  await podman.run(["load", "--input", archive])
  expect(await podman.run(["images", "--format", "{{.Repository}}:{{.Tag}}"])).toContain("team/all:app")
  const saved = path("podman-out.tar")
  await podman.run(["save", "--quiet", "--format", "oci-archive", "--output", saved, "registry.test:5000/team/all:app"])
  expect(Object.keys(await importElsewhere(saved))).toEqual(["team/all:app"])
})

const ctrTest = requirePrograms("containerd", "ctr", ROOT)
ctrTest("ctr imports an archive of ours under the names it says, and ours takes what ctr exports", async () => {
  await exported()
  const { ctr, ...containerd } = await startContainerd()
  try {
    await ctr(["images", "import", "--all-platforms", "--no-unpack", archive])
    const names = (await ctr(["images", "list", "--quiet"])).trim().split("\n")
    expect(names).toEqual(expect.arrayContaining(["team/all:app", "team/all:multi"]))
    const out = path("ctr.tar")
    await ctr(["images", "export", "--all-platforms", out, "team/all:multi"])
    expect(await importElsewhere(out, "from/ctr")).toEqual({ "from/ctr:multi": multi.digest })
  } finally {
    await containerd[Symbol.asyncDispose]()
  }
})

const dockerTest = requirePrograms("docker", "dockerd", "setpriv", ROOT)
dockerTest("docker loads an archive of ours, of an index its platform", async () => {
  await exported()
  await using engine = await startDockerEngine()
  await engine.docker(["load", "--input", archive])
  const listed = await engine.docker(["images", "--format", "{{.Repository}}:{{.Tag}}"])
  expect(listed.trim().split("\n").toSorted()).toEqual(["team/all:app", "team/all:multi"])
})

const craneTest = requirePrograms("crane")
craneTest("crane pushes a directory of ours, and ours takes what crane pulls", async () => {
  await exported()
  const berth = await startBerth({ root: path("crane") })
  berths.push(berth)
  const env = { HOME: path("home") }
  await runBerth(["export", "--oci-layout", "team/all:multi", path("crane-in")], { root })
  await run(["crane", "push", "--insecure", "--index", path("crane-in"), `${berth.host}/pushed:1`], { env })
  await run(
    ["crane", "pull", "--insecure", "--format", "oci", "--annotate-ref", `${berth.host}/pushed:1`, path("crane-out")],
    { env },
  )
  expect(Object.keys(await importElsewhere(path("crane-out")))).toEqual(["pushed:1"])
  expect(listLayoutBlobs(path("crane-out"))).toEqual(expect.arrayContaining(listLayoutBlobs(path("crane-in"))))
})

const regctlTest = requirePrograms("regctl")
regctlTest("regctl finds an image of ours by its tag, and ours takes what regctl copies", async () => {
  await exported()
  const env = { HOME: path("home") }
  await runBerth(["export", "--oci-layout", "team/all:multi", path("regctl-in")], { root })
  const head = await run(["regctl", "manifest", "head", `ocidir://${path("regctl-in")}:multi`], { env })
  expect(head.trim()).toBe(multi.digest)
  await run(["regctl", "image", "copy", `ocidir://${path("regctl-in")}:multi`, `ocidir://${path("regctl-out")}:v5`], {
    env,
  })
  expect(await importElsewhere(path("regctl-out"), "by/regctl")).toEqual({ "by/regctl:v5": multi.digest })
})
