import { expect } from "bun:test"
import { join } from "node:path"
import { ctrTrust, startContainerd } from "./support/containerd.ts"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { noise } from "./support/content.ts"
import { type ImageLayout, createImageLayout } from "./support/image-layout.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { request } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"

const skopeoTest = requirePrograms("skopeo")
const ctrTest = requirePrograms("containerd", "ctr", "skopeo", ROOT)
const scratch = shareScratch("foreign")
const registry = shareInFile(() => startRegistry("plain HTTP"))
const containerd = shareInFile(startContainerd)
const skopeo = createSkopeo(scratch)
const elsewhere = shareInFile(startForeignImage)

skopeoTest("skopeo pushes an image without its foreign layer, which it pulls from where it lies", async () => {
  const [r, { layout, layer }] = [await registry(), await elsewhere()]
  const image = `docker://${r.host}/team/foreign:1`
  await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:foreign`, image])
  expect((await request(r, `/v2/team/foreign/blobs/${layer}`, { method: "HEAD" })).status).toBe(404)
  const back = join(scratch, "back")
  await skopeo.run(["copy", ...trust(r, "src-"), image, `dir:${back}`])
  expect(await Bun.file(join(back, layer.replace("sha256:", ""))).exists()).toBe(true)
})

ctrTest("ctr pulls a foreign layer from where it lies, and pushes the image under a second name", async () => {
  const [{ ctr }, r, { layout, layer, manifest }] = [await containerd(), await registry(), await elsewhere()]
  const [image, second] = [`${r.host}/team/foreign:2`, `${r.host}/other/foreign:2`]
  await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:foreign`, `docker://${image}`])
  await ctr(["images", "pull", ...ctrTrust(r, scratch), image])
  expect(await ctr(["content", "ls", "--quiet"])).toContain(layer)
  await ctr(["images", "push", ...ctrTrust(r, scratch), second, image])
  expect((await request(r, `/v2/other/foreign/manifests/${manifest}`)).status).toBe(200)
})

interface ForeignImage extends AsyncDisposable {
  layout: ImageLayout
  layer: string
  manifest: string
}

/** Serves a layer by itself, and writes a layout whose image names that place. */
async function startForeignImage(): Promise<ForeignImage> {
  const layout = createImageLayout(join(scratch, "layout"))
  const { descriptor, diffId } = layout.putLayer([{ path: "data/noise", content: noise(100_000, 1) }])
  const file = join(layout.path, "blobs", descriptor.digest.replace(":", "/"))
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(Bun.file(file)) })
  const foreign = { ...descriptor, mediaType: FOREIGN, urls: [`${server.url.href}layer.tar.gz`] }
  const manifest = layout.putImage("amd64", [{ descriptor: foreign, diffId }])
  layout.tag("foreign", manifest)
  return {
    layout,
    layer: descriptor.digest,
    manifest: manifest.digest,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
