import { expect } from "bun:test"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { run } from "./support/command.ts"
import { createSkopeo, logIn, trust } from "./support/containers-tools.ts"
import { noise } from "./support/content.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { dockerLogIn, startDockerEngine } from "./support/docker-engine.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { startNginx } from "./support/nginx.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs, request } from "./support/registry-content.ts"
import { type Registry, startRegistry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const dockerTest = requirePrograms("nginx", "openssl", "dockerd", "docker", ROOT)
const skopeoTest = requirePrograms("nginx", "openssl", "skopeo", ROOT)
const curlTest = requirePrograms("nginx", "openssl", "curl", ROOT)
const scratch = shareScratch("nginx")
const engine = shareInFile(startDockerEngine)
const berth = shareInFile(() => startRegistry("plain HTTP with a password"))
const nginx = shareInFile(async () => startNginx((await berth()).port))

skopeoTest("skopeo pushes and pulls through nginx, which ends TLS, byte for byte", async () => {
  const r = await behind()
  const skopeo = createSkopeo(scratch)
  const { layout, multi } = createSampleImages(join(scratch, "images"))
  await logIn(skopeo, r)
  const image = `docker://${r.host}/team/multi:1`
  await skopeo.run(["copy", "--all", ...trust(r, "dest-"), `oci:${layout.path}:multi`, image])
  const back = join(scratch, "back")
  await skopeo.run(["copy", "--all", ...trust(r, "src-"), image, `oci:${back}:multi`])
  expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/multi", multi.digest))
})

dockerTest("docker pushes and pulls through nginx, which ends TLS", async () => {
  const [e, r] = [await engine(), await behind()]
  const image = `${r.host}/team/app:1`
  const layers = [[{ path: "data/noise", content: noise(5_000_000, 1) }]]
  await e.docker(["load", "--input", writeDockerArchive(e.directory, image, layers)])
  await dockerLogIn(e, r)
  await e.docker(["push", image])
  const id = await e.docker(["image", "inspect", "--format", "{{.Id}}", image])
  await e.docker(["rmi", image])
  await e.docker(["pull", image])
  expect(await e.docker(["image", "inspect", "--format", "{{.Id}}", image])).toBe(id)
})

skopeoTest("an upload that nginx forwards is told to go on over TLS", async () => {
  const r = await behind()
  const opened = await request(r, "/v2/team/app/blobs/uploads/", { method: "POST" })
  expect(new URL(opened.headers.get("Location") ?? "", r.url).origin).toBe(r.url)
})

curlTest("the client behind nginx is known, and not whom it says itself that it is for", async () => {
  const config = { network: { trustedproxies: ["127.0.0.1"] } }
  await using trusting = await startBerth({ config })
  await using front = await startNginx(trusting.port)
  const forged = ["--header", "X-Forwarded-For: 203.0.113.9", "--header", "Forwarded: for=203.0.113.9"]
  const ask = (url: string) =>
    run(["curl", "--silent", "--show-error", "--insecure", "--interface", "127.0.0.2", ...forged, url])
  await ask(`${front.url}/v2/proxied/tags/list`)
  await ask(`${trusting.url}/v2/direct/tags/list`)
  expect(await trusting.stop()).toBe(0)
  const lines = trusting.output().split("\n")
  for (const path of ["/v2/proxied/", "/v2/direct/"]) {
    const about = lines.filter((line) => line.includes(path))
    expect(about.length).toBeGreaterThan(0)
    expect(about.filter((line) => !line.includes("127.0.0.2") || line.includes("203.0.113.9"))).toEqual([])
  }
})

async function behind(): Promise<Registry> {
  const { account } = await berth()
  const front = await nginx()
  return account === undefined ? front : { ...front, account }
}
