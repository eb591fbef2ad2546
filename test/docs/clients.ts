import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../e2e/support/command.ts"
import { noise } from "../e2e/support/content.ts"
import { writeDockerArchive } from "../e2e/support/docker-archive.ts"
import { type DockerEngine, startDockerEngine } from "../e2e/support/docker-engine.ts"

/** Clients that keep to a directory, though they are called without options, as in the documentation. */
export interface Clients extends AsyncDisposable {
  env: Record<string, string>
  /** What a command is to be started with. */
  isolation: string[]
  /** Sees to it that the client, "docker" or "podman", has an image that is called `alpine`. */
  prepare(client: string): Promise<void>
}

export function isolateClients(directory: string): Clients {
  const path = (name: string) => join(directory, name)
  for (const name of ["home", "tmp", "run"]) mkdirSync(path(name))
  // Podman insists that a file of log-ins which it is told of is there.
  writeFileSync(path("log-ins.json"), "{}")
  writeFileSync(path("containers.conf"), CONTAINERS)
  writeFileSync(path("storage.conf"), describeStorage(path("storage"), path("run")))
  const env: Record<string, string> = {
    HOME: path("home"),
    TMPDIR: path("tmp"),
    XDG_RUNTIME_DIR: path("run"),
    DOCKER_CONFIG: path("docker"),
    CONTAINERS_CONF: path("containers.conf"),
    CONTAINERS_STORAGE_CONF: path("storage.conf"),
    REGISTRY_AUTH_FILE: path("log-ins.json"),
  }
  // In a mount namespace per command: nothing stays mounted, whatever happens to the command.
  const isolation = process.getuid?.() === 0 ? ["unshare", "--mount"] : []
  const prepared = new Set<string>()
  let engine: DockerEngine | undefined

  async function prepareDocker(): Promise<void> {
    engine = await startDockerEngine()
    env["DOCKER_HOST"] = `unix://${join(engine.directory, "docker.sock")}`
    await engine.docker(["load", "--input", writeAlpine("alpine:latest")])
  }

  async function preparePodman(): Promise<void> {
    await run([...isolation, "podman", "load", "--input", writeAlpine("localhost/alpine:latest")], { env })
  }

  function writeAlpine(name: string): string {
    return writeDockerArchive(directory, name, [[{ path: "noise", content: noise(100_000, 8) }]])
  }

  return {
    env,
    isolation,
    prepare: async (client) => {
      if (prepared.has(client)) return
      prepared.add(client)
      if (client === "docker") await prepareDocker()
      if (client === "podman") await preparePodman()
    },
    [Symbol.asyncDispose]: async () => {
      await engine?.[Symbol.asyncDispose]()
    },
  }
}

const CONTAINERS = `[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`

function describeStorage(graph: string, run: string): string {
  return `[storage]\ndriver = "vfs"\ngraphroot = "${graph}"\nrunroot = "${run}"\n`
}
