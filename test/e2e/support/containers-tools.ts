import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type CommandResult, attempt, run } from "./command.ts"
import type { Registry } from "./registry.ts"

/** One of podman, buildah and skopeo, with a storage, a run directory and log-ins of its own below a directory. */
export interface ContainersTool {
  run: (args: string[], input?: string) => Promise<string>
  attempt: (args: string[], input?: string) => Promise<CommandResult>
}

export function createPodman(directory: string, env: Record<string, string> = {}): ContainersTool {
  const own = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "runc"]
  return createTool(["podman", ...own, ...storage(directory)], directory, env)
}

export function createBuildah(directory: string): ContainersTool {
  return createTool(["buildah", ...storage(directory)], directory, {})
}

export function createSkopeo(directory: string): ContainersTool {
  return createTool(["skopeo"], directory, {})
}

function storage(directory: string): string[] {
  return ["--root", join(directory, "storage"), "--runroot", join(directory, "run")]
}

// In a mount namespace per command: nothing stays mounted, whatever happens to the command.
function createTool(command: string[], directory: string, env: Record<string, string>): ContainersTool {
  const logIns = join(directory, "auth.json")
  mkdirSync(directory, { recursive: true })
  // Podman insists that a file of log-ins which it is told of is there.
  writeFileSync(logIns, "{}")
  const directories = { HOME: directory, XDG_RUNTIME_DIR: directory, TMPDIR: directory }
  const options = (input?: string) => ({
    env: { REGISTRY_AUTH_FILE: logIns, ...directories, ...env },
    ...(input === undefined ? {} : { input }),
  })
  const isolated = process.getuid?.() === 0 ? ["unshare", "--mount", ...command] : command
  return {
    run: (args, input) => run([...isolated, ...args], options(input)),
    attempt: (args, input) => attempt([...isolated, ...args], options(input)),
  }
}

/** The options that let these tools talk to a registry; `side` is "src-" or "dest-" for skopeo copy. */
export function trust(registry: Registry, side: "" | "src-" | "dest-" = ""): string[] {
  const { certificates } = registry
  return certificates === undefined
    ? [`--${side}tls-verify=false`]
    : [`--${side}cert-dir=${certificates.authorityDirectory}`]
}

/** Logs in where the registry asks for a password. */
export async function logIn(tool: ContainersTool, registry: Registry): Promise<void> {
  const { account, host } = registry
  if (account === undefined) return
  await tool.run(["login", ...trust(registry), "-u", account.user, "--password-stdin", host], account.password)
}
