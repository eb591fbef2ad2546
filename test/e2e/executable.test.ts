// The single file of `npm run build`, in a directory where there is nothing else.
import { expect } from "bun:test"
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { pushImage, writeConfig } from "../commands/scene.ts"
import { startBerth } from "../support/berth.ts"
import { run } from "./support/command.ts"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { buildExecutable } from "./support/executable.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareScratch } from "./support/share-in-file.ts"

const LAUNCHER = join(import.meta.dir, "..", "..", "bin", "berth.mjs")

const test = requirePrograms("skopeo", "node")
const scratch = shareScratch("executable")
const alone = join(scratch, "alone")
let built: Promise<string> | undefined

function getExecutable(): Promise<string> {
  const path = join(alone, "berth")
  mkdirSync(alone, { recursive: true })
  return (built ??= buildExecutable(path).then(() => path))
}

test("the executable pushes, pulls, stops with 0 and goes on with its data, whatever it is called", async () => {
  const berth = await getExecutable()
  const registry = join(alone, "registry")
  symlinkSync("berth", registry)
  const root = join(scratch, "data")
  const { layout, multi } = createSampleImages(join(scratch, "images"))
  const skopeo = createSkopeo(join(scratch, "skopeo"))

  const first = await startBerth({ root, program: { command: [berth], directory: alone } })
  const images = (host: string) => `docker://${host}/team/multi:1`
  await skopeo.run(["copy", "--all", ...trust(first, "dest-"), `oci:${layout.path}:multi`, images(first.host)])
  expect(await first.stop()).toBe(0)

  const second = await startBerth({ root, program: { command: [registry], directory: alone } })
  const back = join(scratch, "back")
  await skopeo.run(["copy", "--all", ...trust(second, "src-"), images(second.host), `oci:${back}:multi`])
  expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(second, "team/multi", multi.digest))
  expect(await second.stop()).toBe(0)
  expect(readdirSync(alone).sort()).toEqual(["berth", "registry"])
})

test("the executable prints its version", async () => {
  expect(await run([await getExecutable(), "--version"])).toBe(`berth ${manifest.version}\n`)
})

requirePrograms("node", ROOT)(
  "a command of root's leaves nothing of root's in the directory of another user",
  async () => {
    const directory = join(scratch, "owned")
    const root = join(directory, "data")
    const server = await startBerth({ root })
    await pushImage(server.url, "team/app", "1")
    await server.stop()
    for (const path of [scratch, directory, ...listAll(root)]) chownSync(path, 1234, 1235)
    await run([await getExecutable(), "export", "--config", writeConfig(root)])
    expect(existsSync(join(root, "docker/registry/v2/repositories/team/app/_manifests/tags/1/current/link"))).toBe(true)
    expect(listAll(root).filter((path) => lstatSync(path).uid !== 1234)).toEqual([])
  },
)

for (const name of ["executable", "launcher"])
  test(`files of the working directory do not reach into the ${name}`, async () => {
    const directory = join(scratch, `project-${name}`)
    mkdirSync(directory)
    writeFileSync(join(directory, ".env"), "REGISTRY_HTTP_ADDR=refused\n")
    writeFileSync(join(directory, "bunfig.toml"), 'preload = ["./absent.ts"]\n')
    const command = name === "launcher" ? ["node", LAUNCHER] : [await getExecutable()]
    await using berth = await startBerth({ program: { command, directory } })
    expect((await fetch(`${berth.url}/v2/`)).status).toBe(200)
  })

function listAll(root: string): string[] {
  return [root, ...readdirSync(root, { recursive: true }).map((name) => join(root, String(name)))]
}
