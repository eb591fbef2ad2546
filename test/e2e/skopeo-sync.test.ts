import { expect } from "bun:test"
import { join } from "node:path"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("skopeo")
const scratch = shareScratch("skopeo-sync")
const source = shareInFile(() => startRegistry("plain HTTP"))
const destination = shareInFile(() => startRegistry("plain HTTP"))
const skopeo = createSkopeo(scratch)

test("skopeo sync carries a repository with all its tags to another registry, byte for byte", async () => {
  const [from, to] = [await source(), await destination()]
  const { layout } = createSampleImages(join(scratch, "images"))
  for (const tag of ["app", "multi"]) {
    const image = `docker://${from.host}/team/app:${tag}`
    await skopeo.run(["copy", "--all", ...trust(from, "dest-"), `oci:${layout.path}:${tag}`, image])
  }
  const sides = [...trust(from, "src-"), ...trust(to, "dest-")]
  const between = ["--src", "docker", "--dest", "docker", `${from.host}/team/app`, `${to.host}/mirror`]
  // Twice: the second time finds all there already.
  for (let time = 0; time < 2; time++) await skopeo.run(["sync", "--all", ...sides, ...between])
  for (const tag of ["app", "multi"])
    expect(await listRegistryBlobs(to, "mirror/app", tag)).toEqual(await listRegistryBlobs(from, "team/app", tag))
})

test("skopeo sync carries a repository through a directory", async () => {
  const [from, to] = [await source(), await destination()]
  const directory = join(scratch, "offline")
  const { layout } = createSampleImages(join(scratch, "images"))
  const image = `docker://${from.host}/team/one:1`
  await skopeo.run(["copy", ...trust(from, "dest-"), `oci:${layout.path}:app`, image])
  await skopeo.run([
    "sync",
    ...trust(from, "src-"),
    "--src",
    "docker",
    "--dest",
    "dir",
    `${from.host}/team/one`,
    directory,
  ])
  await skopeo.run(["sync", ...trust(to, "dest-"), "--src", "dir", "--dest", "docker", directory, `${to.host}/carried`])
  expect(await listRegistryBlobs(to, "carried/one", "1")).toEqual(await listRegistryBlobs(from, "team/one", "1"))
})
