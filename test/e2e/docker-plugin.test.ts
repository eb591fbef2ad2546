import { expect } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { noise } from "./support/content.ts"
import { startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms("dockerd", "docker", ROOT)
const engine = shareInFile(startDockerEngine)
const registry = shareInFile(() => startRegistry("plain HTTP"))

test("docker pushes a plugin, whose configuration is no image's, and installs it", async () => {
  const [{ docker, directory }, { host }] = [await engine(), await registry()]
  const source = join(directory, "plugin")
  mkdirSync(join(source, "rootfs"), { recursive: true })
  writeFileSync(join(source, "rootfs", "noise"), noise(100_000, 1))
  writeFileSync(join(source, "config.json"), JSON.stringify(CONFIG))
  const plugin = `${host}/plugins/volumes:1`
  await docker(["plugin", "create", plugin, source])
  await docker(["plugin", "push", plugin])
  const before = await docker(["plugin", "inspect", "--format", "{{json .Config.Rootfs}}", plugin])
  await docker(["plugin", "rm", plugin])
  await docker(["plugin", "install", "--disable", "--grant-all-permissions", plugin])
  expect(await docker(["plugin", "inspect", "--format", "{{json .Config.Rootfs}}", plugin])).toBe(before)
})

const CONFIG = {
  description: "made by a test",
  documentation: "",
  entrypoint: ["/plugin"],
  interface: { types: ["docker.volumedriver/1.0"], socket: "plugin.sock" },
  network: { type: "none" },
  linux: { capabilities: [] },
}
