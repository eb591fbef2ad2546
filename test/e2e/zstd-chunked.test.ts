import { expect } from "bun:test"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type ContainersTool, createBuildah, createPodman, trust } from "./support/containers-tools.ts"
import { noise, sha256 } from "./support/content.ts"
import { startCuttingProxy } from "./support/cutting-proxy.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const FILES = 60

const test = requirePrograms("buildah", "podman", ROOT)
const scratch = shareScratch("zstd")
const registry = shareInFile(() => startRegistry("plain HTTP"))

test("podman pulls of a zstd:chunked layer only the files it lacks, as many ranges of one request", async () => {
  const r = await registry()
  await using proxy = await startCuttingProxy(r.port)
  const buildah = createBuildah(join(scratch, "build"))
  const settings = join(scratch, "storage.conf")
  writeFileSync(settings, STORAGE)
  const podman = createPodman(join(scratch, "pull"), { CONTAINERS_STORAGE_CONF: settings })
  const images = [1, 2].map((version) => `${proxy.host}/team/files:${version}`)
  for (const [version, image] of images.entries()) await push(buildah, image, version)

  for (const image of images) await podman.run(["pull", "--quiet", ...trust(r), image])
  const ranges = proxy.exchanges.map(({ head }) => /\r\nRange: bytes=(\S+)/.exec(head)?.[1]?.split(",").length ?? 0)
  const most = ranges.indexOf(Math.max(...ranges))
  expect(ranges[most]).toBeGreaterThanOrEqual(20)
  expect(proxy.exchanges[most]?.answerHead).toMatch(/^HTTP\/1.1 206 [^]*content-type: multipart\/byteranges/i)

  await podman.run(["create", "--name", "pulled", images[1] ?? "", "/none"])
  const out = join(scratch, "out")
  await podman.run(["cp", "pulled:/files", out])
  for (let file = 0; file < FILES; file++)
    expect(sha256(readFileSync(join(out, `${file}`)))).toBe(sha256(contentOf(file, 1)))
})

async function push(buildah: ContainersTool, image: string, version: number): Promise<void> {
  const context = join(scratch, `context-${version}`)
  mkdirSync(join(context, "files"), { recursive: true })
  for (let file = 0; file < FILES; file++) writeFileSync(join(context, "files", `${file}`), contentOf(file, version))
  writeFileSync(join(context, "Containerfile"), "FROM scratch\nCOPY files /files\n")
  await buildah.run(["build", "--quiet", "--tag", image, context])
  const compression = ["--compression-format", "zstd:chunked", "--format", "oci"]
  await buildah.run(["push", "--quiet", "--tls-verify=false", ...compression, image])
}

// Every second file is another one in each version: what podman lacks of the second lies in many pieces.
function contentOf(file: number, version: number): Uint8Array {
  return noise(50_000, file % 2 === 0 ? file : file + (version + 1) * FILES)
}

const STORAGE = `[storage]
driver = "overlay"
graphroot = "/nonexistent"
runroot = "/nonexistent"
[storage.options]
pull_options = {enable_partial_images = "true", use_hard_links = "false", ostree_repos = ""}
`
