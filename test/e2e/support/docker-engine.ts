import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { type CommandResult, attempt, run } from "./command.ts"
import { startIsolated } from "./isolated-process.ts"
import type { Registry } from "./registry.ts"

export interface DockerEngine extends AsyncDisposable {
  directory: string
  /** Runs `docker ARGUMENTS` against this engine and gives what it printed. Throws when it fails. */
  docker: (args: string[], input?: string) => Promise<string>
  attempt: (args: string[], input?: string) => Promise<CommandResult>
}

/** Starts a private Docker engine without a bridge. It takes loopback registries with any certificate, or none. */
export async function startDockerEngine(): Promise<DockerEngine> {
  const scratch = createScratch("berth-docker")
  const directory = scratch.path
  const socket = `unix://${join(directory, "docker.sock")}`
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: join(directory, "config"), HOME: directory }
  const files = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "engine.pid"]
  const command = ["dockerd", ...files.map((word) => (word.startsWith("--") ? word : join(directory, word)))]
  command.push("--host", socket, "--bridge=none", "--iptables=false", "--ip6tables=false")
  const isReady = async () => (await attempt(["docker", "version"], { env })).exitCode === 0
  const daemon = await startIsolated(command, isReady, { HOME: directory })
  const options = (input?: string) => ({ env, ...(input === undefined ? {} : { input }) })
  return {
    directory,
    docker: (args, input) => run(["docker", ...args], options(input)),
    attempt: (args, input) => attempt(["docker", ...args], options(input)),
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}

/** Logs in where the registry asks for a password. */
export async function dockerLogIn(engine: DockerEngine, registry: Registry): Promise<void> {
  const { account, host } = registry
  if (account === undefined) return
  await engine.docker(["login", "--username", account.user, "--password-stdin", host], account.password)
}
