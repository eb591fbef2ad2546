import { expect } from "bun:test"
import { join } from "node:path"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { noise } from "./support/content.ts"
import { type CuttingProxy, startCuttingProxy } from "./support/cutting-proxy.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const dockerTest = requirePrograms("dockerd", "docker", ROOT)
const skopeoTest = requirePrograms("skopeo")
const engine = shareInFile(startDockerEngine)
const registry = shareInFile(() => startRegistry("plain HTTP"))
const scratch = shareScratch("mount")

dockerTest("docker pushes an image under a second name without sending its layers again", async () => {
  const [{ docker, directory }, r] = [await engine(), await registry()]
  await using proxy = await startCuttingProxy(r.port)
  const [image, second] = [`${proxy.host}/team/first:1`, `${proxy.host}/other/second:1`]
  const layers = [1, 2].map((seed) => [{ path: `data/${seed}`, content: noise(500_000, seed) }])
  await docker(["load", "--input", writeDockerArchive(directory, image, layers)])
  await docker(["tag", image, second])
  await docker(["push", image])
  const before = proxy.exchanges.length
  await docker(["push", second])
  expect(listMounts(proxy, before)).toEqual(["HTTP/1.1 201", "HTTP/1.1 201"])
  expect(await listRegistryBlobs(r, "other/second", "1")).toEqual(await listRegistryBlobs(r, "team/first", "1"))
})

skopeoTest("skopeo copies between repositories of one registry without sending blobs", async () => {
  const r = await registry()
  await using proxy = await startCuttingProxy(r.port)
  const skopeo = createSkopeo(scratch)
  const { layout, app } = createSampleImages(join(scratch, "images"))
  const [image, second] = [`docker://${proxy.host}/team/app:1`, `docker://${proxy.host}/other/app:1`]
  await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:app`, image])
  const before = proxy.exchanges.length
  await skopeo.run(["copy", ...trust(r, "src-"), ...trust(r, "dest-"), image, second])
  expect(listMounts(proxy, before).length).toBeGreaterThanOrEqual(2)
  expect(new Set(listMounts(proxy, before))).toEqual(new Set(["HTTP/1.1 201"]))
  expect(await listRegistryBlobs(r, "other/app", app.digest)).toEqual(
    await listRegistryBlobs(r, "team/app", app.digest),
  )
})

/** Gives the statuses of the mounts asked for since then. Throws when a layer was sent after all. */
function listMounts(proxy: CuttingProxy, since: number): string[] {
  const later = proxy.exchanges.slice(since)
  const sent = later.filter(({ request, head }) => request.startsWith("PATCH ") && /length: \d{5}|chunked/i.test(head))
  // The configuration is small, and docker does not mount it.
  if (sent.length > 1) throw new Error(`sent: ${sent.map(({ request }) => request).join(", ")}`)
  return later.filter(({ request }) => /^POST .*mount=/.test(request)).map(({ answerHead }) => answerHead.slice(0, 12))
}
