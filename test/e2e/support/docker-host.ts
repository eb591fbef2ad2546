import { chmodSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { type CommandResult, attempt } from "./command.ts"
import { startIsolated } from "./isolated-process.ts"

/**
 * What stands in for a machine with Docker: an engine with a bridge in a network of its own. Ports are published as usual,
 * on a loopback address that nothing else uses.
 */
export interface DockerHost extends AsyncDisposable {
  /** Where commands run, at first empty. Removed in the end. */
  directory: string
  /** Runs lines of shell on this machine and gives what they printed to stdout. Throws, with all of it, when one fails. */
  run: (script: string) => Promise<string>
  attempt: (script: string) => Promise<CommandResult>
}

/** Programs that it needs, as `requirePrograms` takes them. */
export const DOCKER_HOST_PROGRAMS = ["dockerd", "docker", "docker-proxy", "iptables", "ip", "nsenter", "unshare"]

const LONGEST_SECONDS = 110
// The engine's sockets for plug-ins are in a directory that would be shared with other engines.
const PREPARE = "ip link set lo up; mkdir -p /run/docker; mount -t tmpfs docker /run/docker; exec"

export async function startDockerHost(): Promise<DockerHost> {
  const scratch = createScratch("berth-host")
  // Servers in containers run as other users, and mounts lead through here.
  chmodSync(scratch.path, 0o755)
  const own = (name: string) => join(scratch.path, name)
  const directory = own("work")
  const socket = `unix://${own("docker.sock")}`
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: own("config"), DOCKER_BUILDKIT: "0", HOME: directory }
  const engine = `dockerd --data-root ${own("data")} --exec-root ${own("exec")} --pidfile ${own("pid")} --host ${socket}`
  const isReady = async () => (await attempt(["docker", "version"], { env })).exitCode === 0
  const mkdir = await attempt(["mkdir", directory])
  if (mkdir.exitCode !== 0) throw new Error(mkdir.stderr)
  const command = ["unshare", "--net", "sh", "-c", `${PREPARE} ${engine}`]
  const daemon = await startIsolated(command, isReady, { HOME: directory })
  const inside = ["nsenter", `--net=/proc/${daemon.pid()}/ns/net`]
  const shell = (script: string) =>
    attempt([...inside, "bash", "-euxo", "pipefail", "-c", script], {
      env,
      cwd: directory,
      timeoutSeconds: LONGEST_SECONDS,
    })
  return {
    directory,
    attempt: shell,
    run: async (script) => {
      const { exitCode, stdout, stderr } = await shell(script)
      if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}:\n${stdout}${stderr}`)
      return stdout
    },
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}
