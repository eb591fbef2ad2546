import { expect } from "bun:test"
import { join } from "node:path"
import { ctrTrust, startContainerd } from "./support/containerd.ts"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { startCuttingProxy } from "./support/cutting-proxy.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const ctrTest = requirePrograms("containerd", "ctr", "skopeo", ROOT)
const skopeoTest = requirePrograms("skopeo")
const scratch = shareScratch("interrupted")
const { layout, big } = createSampleImages(join(scratch, "images"))
const containerd = shareInFile(startContainerd)
const registry = shareInFile(() => startRegistry("plain HTTP"))
const skopeo = createSkopeo(scratch)

ctrTest("ctr goes on with a pull that was cut, from where it was", async () => {
  const [{ ctr }, r] = [await containerd(), await registry()]
  const cut = { request: /^GET .*\/blobs\//, direction: "down", afterBytes: 4_000_000, times: 1 } as const
  await using proxy = await startCuttingProxy(r.port, cut)
  await skopeo.run(["copy", ...trust(r, "dest-"), `oci:${layout.path}:big`, `docker://${r.host}/team/pulled:1`])
  const image = `${proxy.host}/team/pulled:1`
  await ctr(["images", "pull", ...ctrTrust(r, scratch), image])
  expect(await ctr(["images", "ls", `name==${image}`])).toContain(big.digest)
  const resumed = proxy.exchanges.filter((exchange) => /\r\nRange: bytes=\d{7,}-/.test(exchange.head))
  expect(resumed).toHaveLength(1)
  expect(resumed[0]?.answerHead).toStartWith("HTTP/1.1 206 ")
})

skopeoTest("a push by skopeo that was cut leaves no image, and the next one succeeds", async () => {
  const r = await registry()
  const cut = { request: /^PATCH /, direction: "up", afterBytes: 4_000_000, times: 1 } as const
  await using proxy = await startCuttingProxy(r.port, cut)
  const copy = ["copy", ...trust(r, "dest-"), `oci:${layout.path}:big`, `docker://${proxy.host}/team/pushed:1`]
  expect((await skopeo.attempt(copy)).exitCode).not.toBe(0)
  expect((await request(r, "/v2/team/pushed/manifests/1")).status).toBe(404)
  await skopeo.run(copy)
  expect(await listRegistryBlobs(r, "team/pushed", big.digest)).toHaveLength(3)
})
