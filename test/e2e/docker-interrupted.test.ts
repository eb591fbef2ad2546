import { expect } from "bun:test"
import { noise } from "./support/content.ts"
import { startCuttingProxy } from "./support/cutting-proxy.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { type DockerEngine, startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms("dockerd", "docker", ROOT)
const engine = shareInFile(startDockerEngine)
const registry = shareInFile(() => startRegistry("plain HTTP"))

test("docker goes on with a pull that was cut, from where it was", async () => {
  const [e, r] = [await engine(), await registry()]
  const cut = { request: /^GET .*\/blobs\//, direction: "down", afterBytes: 4_000_000, times: 1 } as const
  await using proxy = await startCuttingProxy(r.port, cut)
  const image = `${r.host}/team/pulled:1`
  const id = await load(e, image, 1)
  await e.docker(["push", image])
  await e.docker(["rmi", image])

  const throughProxy = `${proxy.host}/team/pulled:1`
  await e.docker(["pull", throughProxy])
  expect(await e.docker(["image", "inspect", "--format", "{{.Id}}", throughProxy])).toBe(id)
  expect(proxy.exchanges.filter((exchange) => exchange.wasCut)).toHaveLength(1)
  const resumed = proxy.exchanges.filter((exchange) => /\r\nRange: bytes=\d{7,}-/.test(exchange.head))
  expect(resumed).toHaveLength(1)
  expect(resumed[0]?.answerHead).toStartWith("HTTP/1.1 206 ")
})

test("docker repeats a push that was cut, and the image is whole", async () => {
  const [e, r] = [await engine(), await registry()]
  const cut = { request: /^PATCH /, direction: "up", afterBytes: 4_000_000, times: 1 } as const
  await using proxy = await startCuttingProxy(r.port, cut)
  const image = `${proxy.host}/team/pushed:1`
  await load(e, image, 2)
  const pushed = await e.docker(["push", image])
  expect(proxy.exchanges.filter((exchange) => exchange.wasCut)).toHaveLength(1)
  const digest = /digest: (sha256:\w+)/.exec(pushed)?.[1] ?? "none"
  expect(await listRegistryBlobs(r, "team/pushed", "1")).toContain(digest)
})

async function load(engine: DockerEngine, image: string, seed: number): Promise<string> {
  const layers = [[{ path: "data/big", content: noise(12_000_000, seed) }]]
  await engine.docker(["load", "--input", writeDockerArchive(engine.directory, image, layers)])
  return engine.docker(["image", "inspect", "--format", "{{.Id}}", image])
}
